// SPDX-License-Identifier: Apache-2.0
// What --state.pin cannot be combined with, and why.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readStatePin } from '../../../src/options/state-pin.ts';

const VALUES = {
  'state.pin': '/sys/fs/bpf/xdp-exporter',
  mode: 'auto',
  'device-mode': [],
  logger: 'on',
  'logger.transport': 'mapped',
} as const;

describe('--state.pin', () => {
  it('is nothing by default', () => {
    assert.deepEqual(readStatePin({ ...VALUES, 'state.pin': undefined }), {});
    assert.deepEqual(readStatePin(VALUES), { statePin: VALUES['state.pin'] });
  });

  it('is refused where nothing is attached', () => {
    const observing = { ...VALUES, mode: 'observe' } as const;
    assert.throws(() => readStatePin(observing), {
      name: 'ConfigError',
      message:
        'pin state in "/sys/fs/bpf/xdp-exporter": --mode observe attaches nothing that could count on without the exporter; leave out one of the two',
    });
    const deviceModes = [{ pattern: 'eth0', mode: 'attach' }] as const;
    readStatePin({ ...observing, 'device-mode': deviceModes });
  });

  it('is refused with rings that end with the process', () => {
    const perf = { ...VALUES, 'logger.transport': 'perf' } as const;
    assert.throws(() => readStatePin(perf), /the rings of --logger\.transport perf end with/);
    readStatePin({ ...perf, logger: 'off' });
  });
});
