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

const start = (strict: boolean, netns?: string) =>
  EngineClient.start(
    optionsOf({ include: [ABSENT] }, { strict, ...(netns === undefined ? {} : { netns }) }),
    { log: () => {} },
  );

describe('the engine', () => {
  it('describes the devices to whoever asks, without privilege', async () => {
    const devices = await describeDevices();
    const lo = devices.find(({ name }) => name === 'lo');
    assert.equal(lo?.driver, '-');
    assert.notEqual(lo?.native, true);
  });

  it('says with exit code 2 that there is no such namespace', async () => {
    await assert.rejects(describeDevices('no-such-namespace'), (error) => {
      assert.match(
        (error as Error).message,
        /^enter network namespace "no-such-namespace": ENOENT/,
      );
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

  it('runs without devices where it may, obeys, refuses, and closes', async () => {
    if (!isPrivileged) {
      await assert.rejects(start(false), { exitCode: 2 });
      return;
    }
    const client = await start(false);
    const { devices, collectors } = await client.snapshot();
    assert.deepEqual(devices, [{ name: ABSENT, up: false }]);
    assert.ok(collectors.every(({ success }) => success));
    await client.addDevice(`${ABSENT}2`);
    assert.equal((await client.snapshot()).devices.length, 2);
    await client.removeDevice(ABSENT);
    assert.deepEqual((await client.snapshot()).devices, [{ name: `${ABSENT}2`, up: false }]);
    await client.close();
  });
});
