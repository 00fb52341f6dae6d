// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { describeDevices } from '../../src/engine/device-list.ts';
import { Engine } from '../../src/engine/engine.ts';
import { ExporterError, exitCodeOf } from '../../src/errors.ts';
import { optionsOf } from '../unit/engine/engine-options.ts';
import { skipUnlessRoot } from './support/root.ts';

const ABSENT = 'no-such-dev';

const start = (strict: boolean, netns: readonly string[] = []) =>
  Engine.start(optionsOf({ include: [ABSENT] }, { strict, netns }), { log: () => {} });

describe('the engine', { skip: skipUnlessRoot }, () => {
  it('describes the devices to whoever asks', () => {
    const devices = describeDevices([]);
    const lo = devices.find(({ name }) => name === 'lo');
    assert.equal(lo?.driver, '-');
    assert.notEqual(lo?.native, true);
  });

  it('says with exit code 2 that there is no such namespace', () => {
    assert.throws(
      () => describeDevices(['no-such-namespace']),
      (error) => {
        assert.match((error as Error).message, /^find network namespace "no-such-namespace": /);
        assert.equal(exitCodeOf(error), 2);
        return true;
      },
    );
  });

  it('ends over an absent device with strict', () => {
    assert.throws(
      () => start(true),
      (error) => {
        assert.ok(error instanceof ExporterError);
        assert.match(
          error.message,
          /^find device "no-such-dev": no such device; "xdp-exporter devices"/,
        );
        assert.equal(exitCodeOf(error), 1);
        return true;
      },
    );
  });

  it('runs without devices, obeys, finishes, and closes', async () => {
    const client = start(false);
    const { devices, collectors } = client.snapshot();
    assert.deepEqual(devices, [
      { name: ABSENT, wanted: true, up: false, reason: 'absent', counted: false },
    ]);
    assert.ok(collectors.every(({ success }) => success));
    const last = await client.finish();
    assert.deepEqual(
      last.devices.map(({ reason }) => reason),
      ['stopping'],
    );
    client.close();
    assert.throws(() => client.snapshot(), /^ExporterError: read snapshot: the engine has ended$/);
  });
});
