// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeSnapshot } from '../../../src/snapshot/from-json.ts';
import { snapshotToJson } from '../../../src/snapshot/json.ts';
import {
  absentDevice,
  deviceOf,
  packetSizesOf,
  snapshotOf,
  trafficOf,
} from '../catalogue/snapshots.ts';
import { READERS, STATE } from '../collectors/reading.ts';

describe('decodeSnapshot', () => {
  it('gives back what was written, with its typed arrays and what is undefined', () => {
    const outcomes = {
      decoded: 2 ** 53,
      sampledOut: 1,
      ringFull: 2,
      noRing: 3,
      noEntry: 0,
      pending: 4,
    };
    const other = { packets: 1, bytes: 2 };
    const snapshot = snapshotOf([deviceOf('eth0'), absentDevice('eth1')], {
      traffic: [trafficOf(2), undefined],
      packet_sizes: [packetSizesOf(), undefined],
      sources: [{ series: [], other, tracked: 1, evicted: 0 }, undefined],
      logger: { devices: [outcomes, undefined], state: STATE, readers: READERS },
    });
    assert.deepEqual(decodeSnapshot(snapshotToJson(snapshot)), snapshot);
  });

  it('refuses what is no snapshot', () => {
    assert.throws(() => decodeSnapshot('{"parts":'), /^ExporterError: read snapshot: /);
  });
});
