// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { readDeviceCounters } from '../../../src/generator/device-counters.ts';

const TABLE = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:       0       0    0    0    0     0          0         0        0       0    0    0    0     0       0          0
  gen0:     120       2    0    3    0     0          0         0 105177600 1752960    0   17    0     0       0          0
 gen01:9999999999 8 7 6 5 4 3 2 1 10 11 12 13 14 15 16
`;

describe('readDeviceCounters', () => {
  let folder: string;
  let path: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'net-dev-'));
    path = join(folder, 'dev');
    writeFileSync(path, TABLE);
  });
  after(() => rmSync(folder, { recursive: true }));

  it('reads what was transmitted and dropped', () => {
    const counters = { packets: 1_752_960, bytes: 105_177_600, dropped: 17 };
    assert.deepEqual(readDeviceCounters('gen0', path), counters);
  });

  it('reads a number that touches the colon', () => {
    assert.deepEqual(readDeviceCounters('gen01', path), { packets: 10, bytes: 1, dropped: 12 });
  });

  it('fails for a device that is not there, naming it', () => {
    assert.throws(() => readDeviceCounters('gen', path), {
      name: 'ExporterError',
      message: `read counters of "gen": not in ${path}; the device is gone`,
    });
  });

  it('finds the loopback device of the namespace it is in', () => {
    assert.ok(readDeviceCounters('lo').packets >= 0);
  });
});
