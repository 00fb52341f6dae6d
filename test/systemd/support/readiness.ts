// SPDX-License-Identifier: Apache-2.0
// A service that cannot tell systemd that it is ready is not taken for ready, though it serves.
import assert from 'node:assert/strict';
import { until } from '../../e2e/support/namespace.ts';
import type { Machine } from './machine.ts';
import { showService, withSettings } from './service.ts';

/** @param serves whether a scrape succeeds */
export async function checkReadiness(
  machine: Machine,
  serves: () => Promise<boolean>,
): Promise<void> {
  const settings = '[Service]\nUnsetEnvironment=NOTIFY_SOCKET\nTimeoutStartSec=4s\nRestart=no';
  await withSettings(machine, settings, async () => {
    await machine.type('systemctl stop xdp-exporter; systemctl start --no-block xdp-exporter');
    await until('it serves', serves);
    assert.equal((await showService(machine))['ActiveState'], 'activating');
    const gaveUp = async () => (await showService(machine))['Result'] === 'timeout';
    await until('systemd has given up', gaveUp);
  });
}
