// SPDX-License-Identifier: Apache-2.0
// The service with the settings to observe: on a device that nobody's program is on, it waits.
import assert from 'node:assert/strict';
import type { Machine } from './machine.ts';
import { checkEngineRights, TO_OBSERVE } from './rights.ts';
import { withSettings } from './service.ts';

export async function checkObserving(
  machine: Machine,
  device: string,
  settings: string,
): Promise<void> {
  await withSettings(machine, settings, async () => {
    await machine.type('systemctl reset-failed; systemctl restart xdp-exporter');
    const metrics = await machine.type('curl -sf http://127.0.0.1:10390/metrics');
    assert.match(metrics, new RegExp(`^xdp_device_up\\{device="${device}"\\} 0$`, 'm'));
    assert.doesNotMatch(await machine.type(`ip link show ${device}`), /prog\/xdp/);
    await checkEngineRights(machine, TO_OBSERVE);
  });
}
