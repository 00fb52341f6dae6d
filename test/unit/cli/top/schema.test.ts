// SPDX-License-Identifier: Apache-2.0
// docs/top.schema.json says what -o json prints: all of it, and nothing else.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { reportOf } from '../../../../src/cli/top/compare.ts';
import type { Snapshot } from '../../../../src/snapshot/snapshot.ts';
import { DROP, deviceOf, downDevice, snapshotOf, trafficOf } from './counted.ts';
import { sceneAt } from './scene.ts';

const FILE = new URL('../../../../../docs/top.schema.json', import.meta.url);

type Schema = { [key: string]: unknown };

/** The schema, which lets fields be added; here none may be that it does not know. */
function closedSchema(): Schema {
  const close = (_: string, value: Schema) =>
    value !== null && typeof value === 'object' && 'properties' in value
      ? { ...value, additionalProperties: false }
      : value;
  return JSON.parse(readFileSync(FILE, 'utf8'), close);
}

describe('docs/top.schema.json', () => {
  const validate: ValidateFunction = new Ajv2020({
    strict: true,
    formats: { 'date-time': true },
  }).compile(closedSchema());

  function printed(before: Snapshot, after: Snapshot) {
    return JSON.parse(JSON.stringify(reportOf(before, after)));
  }
  function accept(report: unknown): void {
    assert.ok(validate(report), JSON.stringify(validate.errors));
  }

  it('describes every field of a report that has all of them', () => {
    const report = printed(sceneAt(44), sceneAt(45));
    accept(report);
    const [device] = report.devices;
    assert.deepEqual(Object.keys(device.lists), ['sources', 'ports']);
    assert.ok(
      device.loss && device.sizes && device.protocols && device.malformed && device.observed,
    );
    assert.ok(device.peaks && device.programRunNs > 0 && device.tcpFlags && device.queues);
  });

  it('describes a report that has the least', () => {
    const devices = [
      downDevice(undefined, 'eth9', 'occupied'),
      deviceOf(trafficOf({}), 'a', { netns: 'b' }),
    ];
    accept(printed(snapshotOf(0, []), snapshotOf(1000, devices)));
    accept(printed(snapshotOf(0, []), snapshotOf(0, [], [])));
  });

  it('is not blind: a field that is missing, unknown or of another type is refused', () => {
    const report = printed(sceneAt(44), sceneAt(45));
    for (const spoiled of [
      { ...report, time: undefined },
      { ...report, colour: 'red' },
      { ...report, devices: [{ ...report.devices[0], up: 'yes' }] },
      { ...report, devices: [{ ...report.devices[0], lists: { sources: { rows: [{}] } } }] },
    ]) {
      assert.ok(!validate(JSON.parse(JSON.stringify(spoiled))));
    }
  });

  it('holds for numbers up to the largest that is exact, which are printed with all their digits', () => {
    const exact = Number.MAX_SAFE_INTEGER;
    const traffic = trafficOf({ [DROP]: 1 });
    const packets = traffic.packets.map((count) => count * exact);
    const report = reportOf(
      snapshotOf(0, []),
      snapshotOf(1000, [deviceOf({ ...traffic, packets })]),
    );
    assert.match(JSON.stringify(report), /"action":"drop","packets":9007199254740991,/);
  });
});
