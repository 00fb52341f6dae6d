// SPDX-License-Identifier: Apache-2.0
// The service with the settings to drop privileges: once it is ready, no thread of it has any.
import assert from 'node:assert/strict';
import { assertWithoutRights, engineIn, statusOf } from '../../e2e/support/wire-pid.ts';
import type { Machine } from './machine.ts';
import { withSettings } from './service.ts';

const NOBODY = Array(4).fill('65534').join('\t');

/** @param check that it counts */
export async function checkDropping(
  machine: Machine,
  settings: string,
  check: () => Promise<void>,
): Promise<void> {
  await withSettings(machine, settings, async () => {
    await machine.type('systemctl reset-failed; systemctl restart xdp-exporter');
    const engine = engineIn(machine.netns);
    assertWithoutRights(engine);
    assert.deepEqual([...new Set(statusOf(engine, 'Uid'))], [NOBODY]);
    await check();
    await machine.type('systemctl stop xdp-exporter');
    assert.doesNotMatch(await machine.type('ip link'), /prog\/xdp/);
  });
}
