// SPDX-License-Identifier: Apache-2.0
// The service with the settings to keep its counters: its program counts on while it is stopped.
import assert from 'node:assert/strict';
import { parseExposition, sumOf } from '../../e2e/support/exposition.ts';
import type { Machine } from './machine.ts';
import { withSettings } from './service.ts';

const UNPIN = 'xdp-exporter unpin /sys/fs/bpf/xdp-exporter';

export async function checkPinning(
  machine: Machine,
  device: string,
  settings: string,
): Promise<void> {
  const programOf = async () => {
    const text = await machine.type(`ip -details link show ${device}`);
    return /prog\/xdp id (\d+)/.exec(text)?.[1];
  };
  const packets = async () => {
    const text = await machine.type('curl -sf http://127.0.0.1:10390/metrics');
    return sumOf(parseExposition(text), 'xdp_packets_total', { device });
  };
  await machine.type('mountpoint -q /sys/fs/bpf || mount -t bpf -o mode=700 bpf /sys/fs/bpf');
  try {
    await withSettings(machine, settings, async () => {
      await machine.type(
        'systemctl reset-failed; systemctl restart xdp-exporter || { journalctl -n 20 -u xdp-exporter >&2; false; }',
      );
      const program = await programOf();
      const before = await packets();
      await machine.type('systemctl stop xdp-exporter');
      assert.equal(await programOf(), program);
      await machine.type('systemctl start xdp-exporter');
      assert.equal(await programOf(), program);
      assert.ok((await packets()) >= before);
      await machine.type('systemctl stop xdp-exporter');
      assert.match(await machine.type(UNPIN), /; programs detached: 1$/);
      assert.equal(await programOf(), undefined);
    });
  } finally {
    await machine.type('umount /sys/fs/bpf');
  }
}
