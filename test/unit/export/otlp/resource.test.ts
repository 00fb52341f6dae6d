// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import { describe, it } from 'node:test';
import { createResource } from '../../../../src/export/otlp/resource.ts';
import { LABEL_ATTRIBUTES } from '../../../../src/metrics/definition.ts';

const IDENTITY = {
  version: '1.2.3',
  listenAddress: '127.0.0.1:10390',
  netnsInode: 4_026_531_840,
};

describe('createResource', () => {
  it('says who we are, and nothing of the process', () => {
    const { attributes } = createResource(IDENTITY, {});
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

  it('shares no name with the attributes of points, which a collector may merge into one set', () => {
    const names: readonly string[] = Object.values(LABEL_ATTRIBUTES);
    const shared = names.filter((name) => name in createResource(IDENTITY, {}).attributes);
    assert.deepEqual(shared, []);
  });

  it('lets what is given win', () => {
    const given = { 'service.name': 'a', 'host.name': 'b c', team: 'net' };
    const { attributes } = createResource(IDENTITY, given);
    assert.equal(attributes['service.name'], 'a');
    assert.equal(attributes['host.name'], 'b c');
    assert.equal(attributes['team'], 'net');
    assert.equal(attributes['service.version'], '1.2.3');
  });

  it('has the same instance id after a restart, and another for another address, port, namespace or node', () => {
    const idOf = (identity: Partial<typeof IDENTITY>, given = {}) =>
      createResource({ ...IDENTITY, ...identity }, given).attributes['service.instance.id'];
    const own = idOf({});
    assert.match(
      String(own),
      /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
    assert.equal(idOf({}), own);
    assert.notEqual(idOf({ listenAddress: '127.0.0.1:10391' }), own);
    assert.notEqual(idOf({ listenAddress: '127.0.0.2:10390' }), own);
    assert.notEqual(idOf({ netnsInode: 4_026_531_841 }), own);
    const node = { 'k8s.node.name': 'node-1' };
    assert.notEqual(idOf({}, node), own);
    assert.notEqual(idOf({ netnsInode: 0 }), own);
    assert.equal(idOf({}, { 'k8s.node.name': '' }), own);
  });
});
