// SPDX-License-Identifier: Apache-2.0
// The doctor's word on each kernel, held against what that kernel's version can do.
import assert from 'node:assert/strict';
import { release } from 'node:os';
import { after, before, describe, test } from 'node:test';
import { CHECKS } from '../../src/engine/doctor/finding.ts';
import { askDoctor, deviceLine, verdicts } from '../e2e/support/doctor.ts';
import { isBefore } from '../kernel/support/kernel-version.ts';
import { run } from '../kernel/support/throwaway-netns.ts';
import { ForeignPrograms } from './support/foreign.ts';
import { Hook } from './support/hook.ts';

/** An emulated machine takes its time to start Node. */
const TIMEOUT_MS = 120_000;
const PROGRAM = 'foreign_with_a_rather_long_name';
const SECURITY = '/sys/kernel/security';
const UNPRIVILEGED = ['setpriv', '--reuid', '1000', '--regid', '1000', '--clear-groups'];

/** "ok" from this version on, else the other. */
const since = (version: string, otherwise: string) => (isBefore(version) ? otherwise : 'ok');

const OF_MACHINE: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.keys(CHECKS).map((check) => [check, 'ok'])),
  kernel: since('5.15', 'degraded old_kernel'),
  // In one call at no price since 6.2, with a price since 5.18.
  frags: since('6.2', 'degraded feature'),
  batch: since('5.13', 'degraded feature'),
  observe: since('5.17', 'degraded feature'),
};

describe(`xdp-exporter doctor on Linux ${release()}`, () => {
  let hook: Hook;
  let foreign: ForeignPrograms;
  before(() => {
    run('mount', '-t', 'securityfs', 'security', SECURITY);
    hook = new Hook(['fl0', 'fr0']);
    foreign = new ForeignPrograms();
    hook.attach('fl0', foreign.fd(PROGRAM), 'link', 'generic');
  });
  after(() => {
    foreign?.close();
    hook?.close();
    run('umount', SECURITY);
  });

  const ask = (...wrapper: readonly string[]) =>
    askDoctor(['fl0', 'fr0'], {
      timeoutMs: TIMEOUT_MS,
      wrapper: ['nsenter', `--net=${hook.netns.path}`, ...wrapper],
    });

  test('says as root exactly what this kernel lacks', async () => {
    const doctor = await ask();
    assert.deepEqual(verdicts(doctor), OF_MACHINE);
    const occupied = deviceLine(doctor, 'fl0');
    const id = foreign.id(PROGRAM);
    assert.deepEqual(occupied?.['program'], {
      name: PROGRAM,
      id,
      mode: 'generic',
      role: 'foreign',
    });
    const isObserved = !isBefore('5.17');
    assert.equal(occupied?.['plan'], isObserved ? 'observed' : null);
    assert.equal(occupied?.reason, isObserved ? null : 'unsupported');
    assert.equal(doctor.code, isObserved ? 0 : 1);
    const free = deviceLine(doctor, 'fr0');
    assert.deepEqual([free?.['plan'], free?.['mode'], free?.state], ['attached', 'native', 'ok']);
    assert.equal(free?.['native'], isBefore('6.3') ? null : true);
    assert.equal(hook.programId('fl0'), id);
    assert.equal(hook.programId('fr0'), 0);
  });

  test('does not see whose program it is without CAP_SYS_ADMIN', async () => {
    const doctor = await ask('setpriv', '--bounding-set=-sys_admin', '--inh-caps=-sys_admin');
    assert.equal(doctor.code, 1);
    assert.deepEqual(verdicts(doctor), {
      ...OF_MACHINE,
      CAP_SYS_ADMIN: 'degraded capability',
    });
    const occupied = deviceLine(doctor, 'fl0');
    assert.deepEqual([occupied?.state, occupied?.reason], ['missing', 'unpinned']);
    assert.match(
      occupied?.found ?? '',
      /^run would not count on this device: open program \d+: EPERM$/,
    );
  });

  test('works without any right', async () => {
    const doctor = await ask(...UNPRIVILEGED);
    assert.equal(doctor.code, 1);
    const { kernel, btf, libbpf, devices, CAP_BPF, program } = verdicts(doctor);
    assert.deepEqual([kernel, btf, libbpf, devices], [OF_MACHINE['kernel'], 'ok', 'ok', 'ok']);
    assert.deepEqual([CAP_BPF, program], ['missing capability', 'unknown capability']);
    assert.equal(deviceLine(doctor, 'fr0')?.['driver'], 'veth');
  });
});
