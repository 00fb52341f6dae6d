// SPDX-License-Identifier: Apache-2.0
// The doctor's word on this machine: as root, without each right, and beside a program of somebody else's.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { CHECKS } from '../../src/engine/doctor/finding.ts';
import { skipUnlessRoot } from '../kernel/support/root.ts';
import { askDoctor, type Doctor, deviceLine, verdicts } from './support/doctor.ts';
import { ExporterProcess, runMain } from './support/exporter-process.ts';
import { refusing, UID } from './support/few-rights.ts';
import { createNamespace, type Namespace, run } from './support/namespace.ts';

const FOREIGN = new URL('../bpf/foreign.bpf.o', import.meta.url).pathname;

/** What depends on the machine alone, and not on the rights of the process. */
const OF_MACHINE = ['kernel', 'btf', 'lockdown', 'libbpf'];

describe('xdp-exporter doctor', { skip: skipUnlessRoot }, () => {
  let namespace: Namespace;
  /** As root, with every right. */
  let whole: Doctor;
  before(async () => {
    namespace = await createNamespace();
    whole = await inside(['v0']);
  });
  after(() => namespace?.close());

  const inside = (args: readonly string[], ...wrapper: readonly string[]) =>
    askDoctor(args, { wrapper: ['nsenter', `--net=/run/netns/${namespace.name}`, ...wrapper] });

  /** What it says otherwise than with every right. */
  const differences = (doctor: Doctor) => {
    const [before, now] = [verdicts(whole), verdicts(doctor)];
    return Object.fromEntries(
      Object.entries(now).filter(([check, said]) => before[check] !== said),
    );
  };

  test('finds as root that this machine can do what the tests do on it', () => {
    assert.equal(whole.code, 0, whole.stderr);
    const said = verdicts(whole);
    assert.deepEqual(Object.keys(said), Object.keys(CHECKS));
    const { observe: _, lockdown: __, ...others } = said;
    for (const [check, verdict] of Object.entries(others)) {
      assert.equal(verdict, 'ok', check);
    }
    const device = deviceLine(whole, 'v0');
    assert.equal(device?.state, 'ok');
    assert.deepEqual(
      [device?.['driver'], device?.['plan'], device?.['mode'], device?.['mtu']],
      ['veth', 'attached', 'native', 1500],
    );
  });

  test('finds nothing wrong with a device on which an exporter counts', async () => {
    const exporter = await ExporterProcess.start(['--netns', namespace.name, '--device', 'v0']);
    try {
      const doctor = await inside(['v0']);
      assert.equal(doctor.code, 0, doctor.stderr);
      const device = deviceLine(doctor, 'v0');
      assert.deepEqual([device?.state, device?.['plan']], ['ok', 'counted']);
    } finally {
      await exporter.close();
    }
  });

  test('says of observing what the kernel says to the exporter', async () => {
    const { observe } = verdicts(whole);
    await run(
      'ip',
      '-netns',
      namespace.name,
      'link',
      'set',
      'v0',
      'xdp',
      'obj',
      FOREIGN,
      'sec',
      'xdp',
    );
    try {
      const id = await namespace.xdpProgramId('v0');
      const doctor = await inside(['v0']);
      const device = deviceLine(doctor, 'v0');
      const program = device?.['program'] as Readonly<Record<string, unknown>>;
      assert.deepEqual([program['id'], program['role']], [id, 'foreign']);
      const isFine = observe === 'ok';
      assert.equal(device?.['plan'], isFine ? 'observed' : null);
      assert.equal(doctor.code, isFine ? 0 : 1);
      const attaching = deviceLine(await inside(['v0', '--mode', 'attach']), 'v0');
      assert.deepEqual([attaching?.state, attaching?.reason], ['missing', 'occupied']);
      assert.equal(await namespace.xdpProgramId('v0'), id);
    } finally {
      await run('ip', '-netns', namespace.name, 'link', 'set', 'v0', 'xdp', 'off');
    }
  });

  test('changes nothing', async () => {
    const devices = () => namespace.ip('-json', '-details', 'link', 'show');
    const before = await devices();
    await inside(['v0', 'v1', 'lo']);
    assert.equal(await devices(), before);
  });

  test('names a device that is not there, and looks for it in the namespace that is meant', async () => {
    const doctor = await askDoctor(['v7', '--netns', namespace.name]);
    assert.equal(doctor.code, 1);
    const device = deviceLine(doctor, 'v7');
    assert.deepEqual([device?.state, device?.reason], ['missing', 'absent']);
    assert.match(device?.found ?? '', /did you mean "v[01]"\?/);
    assert.match(doctor.stderr, /^xdp-exporter: examine this machine: missing "v7"; .*\n$/);
  });

  test('is a table that says what to do', async () => {
    const wrapper = ['setpriv', '--bounding-set=-net_admin', '--inh-caps=-net_admin'];
    const { code, stdout } = await runMain(['doctor', 'lo'], { wrapper });
    assert.equal(code, 1);
    assert.match(stdout, /^CHECK +STATE +REASON +FOUND\n/);
    assert.match(
      stdout,
      /^CAP_NET_ADMIN +missing +capability +not granted.*\n {2}to do: run as root/m,
    );
    assert.match(stdout, /^lo +missing +capability .*run would not count on this device/m);
  });

  // Most of the time goes by in the kernel.
  describe('with less', { concurrency: 4 }, () => {
    const WITHOUT_ADMIN = { CAP_SYS_ADMIN: 'degraded capability' };
    /** By what is taken away: what then is said otherwise. CAP_SYS_ADMIN holds the first two. */
    const LESS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
      '-bpf,-sys_admin': {
        ...WITHOUT_ADMIN,
        CAP_BPF: 'missing capability',
        ...untried('rings', 'program', 'link', 'frags', 'batch', 'observe', 'tracepoints'),
      },
      '-perfmon,-sys_admin': {
        ...WITHOUT_ADMIN,
        CAP_PERFMON: 'missing capability',
        ...untried('program', 'link', 'frags', 'observe', 'tracepoints'),
      },
      '-net_admin': {
        CAP_NET_ADMIN: 'missing capability',
        ...untried('program', 'link', 'frags', 'observe'),
      },
      '-sys_admin': WITHOUT_ADMIN,
      '-setuid': { CAP_SETUID: 'degraded capability' },
      '-setgid': { CAP_SETGID: 'degraded capability' },
    };
    for (const [less, expected] of Object.entries(LESS)) {
      test(`names what is missing with ${less}, and what cannot be tried for that`, async () => {
        const setpriv = ['setpriv', `--bounding-set=${less}`, `--inh-caps=${less}`];
        const doctor = await inside(['v0'], ...setpriv);
        assert.deepEqual(differences(doctor), expected);
        const isMissing = Object.values(expected).includes('missing capability');
        assert.equal(doctor.code, Number(isMissing));
        assert.equal(deviceLine(doctor, 'v0')?.reason, isMissing ? 'capability' : null);
      });
    }

    test('works without any right, and says what it cannot see', async () => {
      const wrapper = ['setpriv', '--reuid', String(UID), '--regid', String(UID), '--clear-groups'];
      const doctor = await inside(['v0'], ...wrapper);
      assert.equal(doctor.code, 1);
      const said = verdicts(doctor);
      for (const check of [...OF_MACHINE, 'user_namespace', 'seccomp', 'CAP_SETUID', 'devices']) {
        assert.equal(said[check], verdicts(whole)[check], check);
      }
      for (const check of ['CAP_BPF', 'CAP_PERFMON', 'CAP_NET_ADMIN']) {
        assert.equal(said[check], 'missing capability');
      }
      for (const check of [
        'rings',
        'program',
        'link',
        'frags',
        'batch',
        'observe',
        'tracepoints',
      ]) {
        assert.equal(said[check], 'unknown capability', check);
      }
      assert.equal(deviceLine(doctor, 'v0')?.['driver'], 'veth');
      const other = await askDoctor(['--netns', namespace.name], { wrapper });
      assert.equal(verdicts(other)['devices'], 'unknown capability');
    });

    test('knows that it is a seccomp profile that refuses', async () => {
      const doctor = await inside(['v0'], ...refusing('bpf'));
      const { seccomp, ...others } = differences(doctor);
      assert.equal(seccomp, 'missing policy');
      assert.match(
        doctor.lines.find(({ check }) => check === 'seccomp')?.found ?? '',
        /a filter.*EPERM/,
      );
      const refused = {
        rings: 'missing policy',
        program: 'missing policy',
        link: 'missing policy',
      };
      const less = {
        frags: 'degraded policy',
        batch: 'degraded policy',
        tracepoints: 'degraded policy',
      };
      const { observe: _, ...tried } = others;
      assert.deepEqual(tried, { ...refused, ...less });
      assert.equal(deviceLine(doctor, 'v0')?.reason, 'policy');
      const harmless = await inside(['v0'], ...refusing('perf_event_open'));
      assert.deepEqual(differences(harmless), {});
    });

    test('knows a user namespace, in which capabilities are worth nothing', async () => {
      const doctor = await askDoctor(['lo'], { wrapper: ['unshare', '--user', '--map-root-user'] });
      assert.equal(doctor.code, 1);
      const said = verdicts(doctor);
      assert.equal(said['user_namespace'], 'missing user_namespace');
      assert.equal(said['CAP_BPF'], 'ok');
      assert.equal(said['program'], 'unknown user_namespace');
    });

    test('says what is missing where libbpf cannot be loaded', async () => {
      const wrapper = ['unshare', '--mount', 'bash', '-c', HIDE_LIBBPF];
      const doctor = await askDoctor(['lo'], { wrapper });
      assert.equal(doctor.code, 1);
      const said = verdicts(doctor);
      assert.equal(said['libbpf'], 'missing libbpf');
      assert.equal(said['program'], 'unknown libbpf');
      assert.match(doctor.lines.find(({ check }) => check === 'libbpf')?.remedy ?? '', /libbpf1/);
    });
  });
});

/** Over the library lies an empty file, in a mount namespace of its own. */
const HIDE_LIBBPF = `
for each in $(ldconfig -p | awk '$1 == "libbpf.so.1" { print $NF }'); do
  mount --bind /dev/null "$(readlink -f "$each")"
done
exec "$0" "$@"`;

function untried(...features: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(features.map((feature) => [feature, 'unknown capability']));
}
