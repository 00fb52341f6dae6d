// SPDX-License-Identifier: Apache-2.0
// The real worker, as far as it goes without a device: a whole run is a matter of the kernel and end-to-end tests.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { missingCapabilities, parseEffective } from '../../../src/engine/capabilities.ts';
import { describeDevices, EngineClient } from '../../../src/engine/client.ts';
import { ExporterError, exitCodeOf } from '../../../src/errors.ts';
import { optionsOf } from './fake-kernel.ts';

const ABSENT = 'no-such-dev';

const isPrivileged =
  missingCapabilities(parseEffective(readFileSync('/proc/self/status', 'utf8')), false).length ===
  0;

const start = (strict: boolean, netns: readonly string[] = []) =>
  EngineClient.start(
    optionsOf({ include: [ABSENT] }, { strict, strictOrigin: '--strict', netns }),
    { log: () => {} },
  );

describe('the engine', () => {
  it('describes the devices to whoever asks, without privilege', async () => {
    const devices = await describeDevices([]);
    const lo = devices.find(({ name }) => name === 'lo');
    assert.equal(lo?.driver, '-');
    assert.notEqual(lo?.native, true);
  });

  it('says with exit code 2 that there is no such namespace', async () => {
    await assert.rejects(describeDevices(['no-such-namespace']), (error) => {
      assert.match((error as Error).message, /^find network namespace "no-such-namespace": /);
      assert.equal(exitCodeOf(error), 2);
      return true;
    });
  });

  it('ends over an absent device with strict; without privilege before it looks', async () => {
    await assert.rejects(start(true), (error) => {
      assert.ok(error instanceof ExporterError);
      assert.match(
        error.message,
        isPrivileged
          ? /^find device "no-such-dev": .*\(--strict\)$/
          : /^start the exporter: missing /,
      );
      assert.equal(exitCodeOf(error), isPrivileged ? 1 : 2);
      return true;
    });
  });

  it('runs without devices where it may, obeys, finishes, and closes', async () => {
    if (!isPrivileged) {
      await assert.rejects(start(false), { exitCode: 2 });
      return;
    }
    const client = await start(false);
    const { devices, collectors } = await client.snapshot();
    assert.deepEqual(devices, [
      { name: ABSENT, wanted: true, up: false, reason: 'absent', counted: false },
    ]);
    assert.ok(collectors.every(({ success }) => success));
    const last = await client.finish();
    assert.deepEqual(
      last.devices.map(({ reason }) => reason),
      ['stopping'],
    );
    await client.close();
  });
});
