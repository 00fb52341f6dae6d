// SPDX-License-Identifier: Apache-2.0
// The doctor in the image: under podman's own defaults, with the rights of the DaemonSet, and under an old profile.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { deviceLine, readLines, verdicts } from '../e2e/support/doctor.ts';
import type { Surroundings } from './confinement.ts';
import { runContainer } from './support/container.ts';
import { readSecurityContext } from './support/daemon-set.ts';

const GRANTED = readSecurityContext().capabilities.add.flatMap((name) => ['--cap-add', name]);

export function testDoctor(surroundings: () => Surroundings): void {
  async function ask(...flags: readonly string[]) {
    const { podman, lab } = surroundings();
    const args = ['doctor', lab.rx.device, '-o', 'json'];
    const { code, stdout, stderr } = await runContainer(podman, lab.rx.netns, flags, args);
    const lines = readLines(stdout);
    assert.ok(lines.length > 0, stderr);
    const device = deviceLine({ lines }, lab.rx.device);
    return { code, said: verdicts({ lines }), device };
  }

  describe('doctor', () => {
    test("names under podman's defaults what they withhold", async () => {
      const { code, said, device } = await ask();
      assert.equal(code, 1);
      for (const capability of ['CAP_BPF', 'CAP_PERFMON', 'CAP_NET_ADMIN']) {
        assert.equal(said[capability], 'missing capability');
      }
      assert.equal(said['CAP_SETUID'], 'ok');
      // The default profile refuses the call to who has no right, so it cannot be tried.
      assert.equal(said['seccomp'], 'unknown hidden');
      assert.equal(said['program'], 'unknown capability');
      assert.equal(device?.reason, 'capability');
    });

    test('finds with the rights of the DaemonSet that all but observing works', async () => {
      const profile = `seccomp=${surroundings().seccomp.current}`;
      const { code, said, device } = await ask(
        ...['--cap-drop', 'ALL', ...GRANTED, '--security-opt', profile],
      );
      assert.equal(code, 0);
      // What this kernel refuses, it refuses here, too.
      const { lockdown: _, observe: __, ...others } = said;
      const lacking = Object.entries(others).filter(([, verdict]) => verdict !== 'ok');
      assert.deepEqual(Object.fromEntries(lacking), {
        CAP_SYS_ADMIN: 'degraded capability',
      });
      assert.deepEqual([device?.state, device?.['plan']], ['ok', 'attached']);
    });

    test('knows a profile that asks CAP_SYS_ADMIN for bpf()', async () => {
      const profile = `seccomp=${surroundings().seccomp.old}`;
      const { code, said } = await ask(...GRANTED, '--security-opt', profile);
      assert.equal(code, 1);
      assert.deepEqual([said['seccomp'], said['program']], ['missing policy', 'missing policy']);
    });
  });
}
