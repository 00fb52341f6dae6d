// SPDX-License-Identifier: Apache-2.0
// Under the seccomp profile for containers the exporter does all that it does, and what it never does is refused.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { startGenerator } from '../../src/demo/generator-process.ts';
import type { Lab } from '../../src/demo/lab.ts';
import { skipUnlessRoot } from '../kernel/support/root.ts';
import { ExporterProcess, runMain } from './support/exporter-process.ts';
import type { Samples } from './support/exposition.ts';
import { scrapeInside } from './support/fetch-inside.ts';
import { createOpenLab } from './support/lab.ts';
import { run, until } from './support/namespace.ts';
import { atRest } from './support/outcomes.ts';
import { allowedCalls, readProfile, underProfile } from './support/seccomp-profile.ts';
import { statusOf, wireOf } from './support/wire-pid.ts';

const FRAMES = 50_000;

describe('the seccomp profile', { skip: skipUnlessRoot }, () => {
  let lab: Lab;
  before(async () => {
    lab = await createOpenLab('seccomp');
    await run('ip', '-netns', lab.rx.netns, 'link', 'set', 'lo', 'up');
  });
  after(() => lab?.close());

  const inside = () => ['nsenter', `--net=/run/netns/${lab.rx.netns}`];

  for (const args of [[], ['--drop-privileges']]) {
    test(`lets ${args[0] ?? 'the exporter'} attach, count, replace its wire, reload and stop`, async () => {
      const exporter = await ExporterProcess.start(['--device', lab.rx.device, ...args], {
        wrapper: [...inside(), ...underProfile()],
      });
      try {
        const scrape = (): Promise<Samples> => scrapeInside(lab.rx.netns, exporter.url);
        const wire = wireOf(exporter.pid) ?? assert.fail('there is no wire');
        for (const pid of [exporter.pid, wire]) {
          assert.deepEqual([...new Set(statusOf(pid, 'Seccomp'))], ['2']);
        }
        const before = await atRest({ scrape }, 0);
        assert.equal(before.counted, 0);
        await startGenerator({ ...lab.tx, frames: FRAMES, rate: FRAMES }).done;
        const { decoded } = await atRest({ scrape }, FRAMES);
        assert.equal(decoded, FRAMES);
        process.kill(wire, 'SIGKILL');
        await until('the next wire serves', async () => {
          const samples = await scrape().catch((): Samples => new Map());
          return samples.get('xdp_exporter_wire_restarts_total') === 1;
        });
        process.kill(exporter.pid, 'SIGHUP');
        await until('it has heard', () => /reload/.test(exporter.log));
        assert.deepEqual(await exporter.kill('SIGTERM'), { code: 0, signal: null });
        assert.doesNotMatch(exporter.log, /EPERM|level=warn/);
      } finally {
        await exporter.close();
      }
    });
  }

  test('is what keeps the exporter from the calls that it leaves out', async () => {
    const without = allowedCalls().filter((name) => name !== 'bpf');
    const args = ['run', '--device', lab.rx.device, '--web.listen-address', '127.0.0.1:0'];
    const ended = await runMain(args, { wrapper: [...inside(), ...underProfile(without)] });
    assert.equal(ended.code, 1, ended.stderr);
    assert.match(ended.stderr, /EPERM/);
    const unshare = [...underProfile(), 'unshare', '--mount', 'true'] as const;
    assert.throws(
      () => execFileSync(unshare[0], unshare.slice(1), { stdio: 'pipe' }),
      /not permitted/,
    );
  });

  test('refuses by default, and allows none of the calls that lead out of a container', () => {
    const { defaultAction, defaultErrnoRet, syscalls } = readProfile();
    assert.deepEqual([defaultAction, defaultErrnoRet], ['SCMP_ACT_ERRNO', 1]);
    const names = syscalls.flatMap((rule) => rule.names);
    assert.equal(new Set(names).size, names.length);
    const dangerous =
      'add_key bpf_mount chroot delete_module finit_module init_module io_uring_setup kexec_load keyctl mount move_mount open_by_handle_at open_tree perf_event_open pidfd_getfd pivot_root process_vm_readv process_vm_writev ptrace reboot request_key swapon umount2 unshare userfaultfd'.split(
        ' ',
      );
    assert.deepEqual(
      names.filter((name) => dangerous.includes(name)),
      [],
    );
  });
});
