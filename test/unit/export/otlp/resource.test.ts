// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import { afterEach, describe, it } from 'node:test';
import { createResource, instanceIdOf } from '../../../../src/export/otlp/resource.ts';

const IDENTITY = { version: '1.2.3', port: 10390, netnsPath: '/proc/self/ns/net' };
const VARIABLES = ['OTEL_RESOURCE_ATTRIBUTES', 'OTEL_SERVICE_NAME'] as const;

describe('createResource', () => {
  afterEach(() => {
    for (const name of VARIABLES) {
      delete process.env[name];
    }
  });

  it('says who we are, and nothing of the process', () => {
    const { attributes } = createResource(IDENTITY);
    assert.deepEqual(Object.keys(attributes).toSorted(), [
      'host.name',
      'service.instance.id',
      'service.name',
      'service.version',
      'telemetry.sdk.language',
      'telemetry.sdk.name',
      'telemetry.sdk.version',
    ]);
    assert.equal(attributes['service.name'], 'xdp-exporter');
    assert.equal(attributes['service.version'], '1.2.3');
    assert.equal(attributes['host.name'], hostname());
  });

  it('lets OTEL_RESOURCE_ATTRIBUTES win, and OTEL_SERVICE_NAME over it', () => {
    process.env['OTEL_RESOURCE_ATTRIBUTES'] = 'service.name=a,host.name=b%20c,team=net';
    const given = createResource(IDENTITY).attributes;
    assert.equal(given['service.name'], 'a');
    assert.equal(given['host.name'], 'b c');
    assert.equal(given['team'], 'net');
    process.env['OTEL_SERVICE_NAME'] = 'd';
    assert.equal(createResource(IDENTITY).attributes['service.name'], 'd');
  });

  it('has the same instance id after a restart, and another for another port, namespace or node', () => {
    const idOf = (identity: Partial<typeof IDENTITY>) =>
      createResource({ ...IDENTITY, ...identity }).attributes['service.instance.id'];
    const own = idOf({});
    assert.match(
      String(own),
      /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
    assert.equal(idOf({}), own);
    assert.notEqual(idOf({ port: 10391 }), own);
    assert.notEqual(idOf({ netnsPath: '/proc/self/ns/mnt' }), own);
    process.env['OTEL_RESOURCE_ATTRIBUTES'] = 'k8s.node.name=node-1';
    assert.notEqual(idOf({}), own);
    assert.equal(idOf({ netnsPath: '/nowhere' }), instanceIdOf('node-1', 0, 10390));
  });
});
