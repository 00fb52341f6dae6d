// SPDX-License-Identifier: Apache-2.0
// The image with the rights of the DaemonSet: it counts with them, and says what is missing without.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startGenerator } from '../../src/demo/generator-process.ts';
import type { Lab } from '../../src/demo/lab.ts';
import { atRest, type Outcomes } from '../e2e/support/outcomes.ts';
import { PROFILE } from '../e2e/support/seccomp-profile.ts';
import { assertWithoutRights, engineIn, statusOf, wireOf } from '../e2e/support/wire-pid.ts';
import {
  isDocumented,
  messageWithout,
  readCapabilityTable,
} from './support/capability-document.ts';
import { type Container, runContainer, startContainer } from './support/container.ts';
import { readSecurityContext } from './support/daemon-set.ts';
import type { Podman } from './support/podman.ts';
import type { SeccompProfiles } from './support/seccomp.ts';

const FRAMES = 100_000;
/** What a ring holds for a while where the machine is busy. */
const RATE = 50_000;
const ALL_READ: Outcomes = {
  counted: FRAMES,
  decoded: FRAMES,
  sampledOut: 0,
  ringFull: 0,
  noRing: 0,
  pending: 0,
};
const CAPABILITIES = readSecurityContext().capabilities.add;
/** None; and limits as in support/podman.ts, which podman would else forget, and raise beyond what it may. */
const NO_LOCKED_MEMORY = ['memlock=0:0', 'nofile=4096:4096', 'nproc=20000:20000'].flatMap(
  (limit) => ['--ulimit', limit],
);

/** What the runtime puts over every image. */
const MOUNTED = ['/etc/hosts', '/etc/hostname', '/etc/resolv.conf', '/run/.containerenv'];

/** What there is once tests run. */
export interface Surroundings {
  readonly podman: Podman;
  readonly lab: Lab;
  readonly seccomp: SeccompProfiles;
}

export function testConfinement(surroundings: () => Surroundings): void {
  const rx = () => surroundings().lab.rx;
  const onDevice = () => ['--device', rx().device];

  /** What the DaemonSet's securityContext says, in podman's words. */
  const confined = (capabilities: readonly string[], profile = surroundings().seccomp.current) => [
    ...['--read-only', '--read-only-tmpfs=false', '--cap-drop', 'ALL'],
    ...capabilities.flatMap((name) => ['--cap-add', name]),
    ...['--security-opt', 'no-new-privileges', '--security-opt', `seccomp=${profile}`],
  ];
  const without = (capability: string) => CAPABILITIES.filter((name) => name !== capability);

  const serve = (flags: readonly string[], args = onDevice()) =>
    startContainer(surroundings().podman, rx().netns, flags, args);
  const refuse = (flags: readonly string[], args = onDevice()) =>
    runContainer(surroundings().podman, rx().netns, flags, args);
  const isHealthy = async ({ name }: Container) =>
    (await surroundings().podman.try(['healthcheck', 'run', name])).code === 0;

  /** Runs one for as long as `use` takes. */
  async function during(
    flags: readonly string[],
    use: (container: Container) => Promise<void>,
    args = onDevice(),
  ): Promise<void> {
    const container = await serve(flags, args);
    await use(container).finally(() => container.stop());
  }

  /** Sends, and waits until everything is counted and accounted for. */
  async function outcomesOfFrames(container: Container): Promise<Outcomes> {
    const { sent } = await startGenerator({ ...surroundings().lab.tx, frames: FRAMES, rate: RATE })
      .done;
    assert.equal(sent, FRAMES);
    return atRest(container, FRAMES);
  }

  describe('confined as in the DaemonSet', () => {
    let container: Container;
    before(async () => {
      container = await serve(confined(CAPABILITIES));
    });
    after(() => container.stop());

    test('counts and logs exactly 100,000 frames', async () => {
      assert.deepEqual(await outcomesOfFrames(container), ALL_READ);
      assert.match(await container.log(), /msg=attached device=demo0 mode=native/);
      assert.doesNotMatch(await container.log(), /level=(warn|error)/);
    });

    test('has the capabilities that it was given and no other', async () => {
      const status = await container.exec('grep', '^Cap', '/proc/1/status');
      // BPF, PERFMON, NET_ADMIN, SETUID, SETGID.
      const bits = [39, 38, 12, 7, 6].reduce((set, bit) => set | (1n << BigInt(bit)), 0n);
      const expected = bits.toString(16).padStart(16, '0');
      assert.match(status, new RegExp(`^CapEff:\\s${expected}$`, 'm'));
      assert.match(status, new RegExp(`^CapBnd:\\s${expected}$`, 'm'));
    });

    test('starts what talks to the network as nobody, without any capability', async () => {
      const wire = wireIn(rx().netns);
      assertWithoutRights(wire);
      assert.deepEqual(statusOf(wire, 'Uid')[0], '65534\t65534\t65534\t65534');
      assert.equal(await isolationOf(container), 'user');
    });

    test('finds no path of the image that it can write', async () => {
      const writable: string[] = JSON.parse(await container.exec('node', '-e', LIST_WRITABLE));
      assert.deepEqual(
        writable.filter((path) => !MOUNTED.includes(path)),
        [],
      );
    });

    test('is healthy by its own check', async () => {
      assert.ok(await isHealthy(container));
    });
  });

  for (const { capability, message } of readCapabilityTable().filter(({ capability }) =>
    ['BPF', 'PERFMON', 'NET_ADMIN'].includes(capability),
  )) {
    test(`without CAP_${capability}: exit 2 and the documented message`, async () => {
      const ended = await refuse(confined(without(capability)));
      assert.equal(ended.code, 2, ended.stderr);
      assert.ok(
        ended.stderr.includes(`xdp-exporter: start the exporter: ${message}`),
        ended.stderr,
      );
    });
  }

  test('without memory that may be locked: counts and logs as well', () =>
    during([...confined(CAPABILITIES), ...NO_LOCKED_MEMORY], async (container) => {
      assert.deepEqual(await outcomesOfFrames(container), ALL_READ);
      assert.doesNotMatch(await container.log(), /level=warn/);
    }));

  test('as another user, to whom podman gives the capabilities as ambient ones, it counts as well', () =>
    during([...confined(CAPABILITIES), '--user', '65532:65532'], async (container) => {
      assert.deepEqual(await outcomesOfFrames(container), ALL_READ);
      assertWithoutRights(wireIn(rx().netns));
      assert.equal(await isolationOf(container), 'ambient');
    }));

  for (const capability of ['SETUID', 'SETGID']) {
    test(`without CAP_${capability}: counts as well, and warns once of what it cannot withhold`, () =>
      during(confined(without(capability)), async (container) => {
        assert.deepEqual(await outcomesOfFrames(container), ALL_READ);
        assert.equal(await isolationOf(container), 'none');
        const warnings = (await container.log()).match(/^.*level=warn.*$/gm) ?? [];
        assert.equal(warnings.length, 1, `${warnings}`);
        assert.match(warnings[0] ?? '', /reason="root lacks CAP_SETUID or CAP_SETGID"/);
      }));
  }

  test('another namespace takes CAP_SYS_ADMIN: without it exit 2 and the documented message', async () => {
    const { tx } = surroundings().lab;
    const args = ['--netns', tx.netns, '--device', tx.device];
    const mount = ['--volume', '/run/netns:/run/netns:ro'];
    const ended = await refuse([...confined(CAPABILITIES), ...mount], args);
    assert.equal(ended.code, 2, ended.stderr);
    assert.ok(ended.stderr.includes(messageWithout('SYS_ADMIN')), ended.stderr);
    const flags = [...confined([...CAPABILITIES, 'SYS_ADMIN']), ...mount];
    const isAttached = async (container: Container) =>
      assert.match(await container.log(), /msg=attached device=gen0/);
    await during(flags, isAttached, args);
  });

  test('an old seccomp profile that asks CAP_SYS_ADMIN for bpf(): exit 1, and where to read on', async () => {
    const ended = await refuse(confined(CAPABILITIES, surroundings().seccomp.old));
    assert.equal(ended.code, 1, ended.stderr);
    assert.match(ended.stderr, /EPERM; .*seccomp profile.*see docs\/capabilities\.md/);
  });

  test('a seccomp profile that asks CAP_SYS_ADMIN for perf_event_open(): counts and logs as well', () =>
    during(confined(CAPABILITIES, surroundings().seccomp.withoutPerf), async (container) => {
      assert.deepEqual(await outcomesOfFrames(container), ALL_READ);
    }));

  test('under the same profile the perf transport has no rings, says so as documented, and counts', () =>
    during(
      confined(CAPABILITIES, surroundings().seccomp.withoutPerf),
      async (container) => {
        const outcomes = await outcomesOfFrames(container);
        assert.deepEqual(outcomes, { ...ALL_READ, decoded: 0, noRing: FRAMES });
        const [said = ''] = /open perf ring of CPU \d+: EPERM/.exec(await container.log()) ?? [];
        assert.ok(isDocumented(said.replace(/\d+/, '0')), await container.log());
      },
      [...onDevice(), '--logger.transport', 'perf'],
    ));

  test('with CAP_IPC_LOCK and a profile that allows the call the perf transport counts and logs', () =>
    during(
      [...confined([...CAPABILITIES, 'IPC_LOCK']), ...NO_LOCKED_MEMORY],
      async (container) => {
        assert.deepEqual(await outcomesOfFrames(container), ALL_READ);
        assert.doesNotMatch(await container.log(), /level=warn/);
      },
      [...onDevice(), '--logger.transport', 'perf'],
    ));

  for (const args of [[], ['--drop-privileges']]) {
    test(`under the seccomp profile of this project ${args[0] ?? 'it'} counts and logs as well`, () =>
      during(
        confined(CAPABILITIES, PROFILE),
        async (container) => {
          assert.deepEqual(await outcomesOfFrames(container), ALL_READ);
          assert.doesNotMatch(await container.log(), /EPERM|level=(warn|error)/);
        },
        [...onDevice(), ...args],
      ));
  }

  test('the health check follows the address in the variable', () => {
    const listen = ['--env', 'XDP_EXPORTER_WEB_LISTEN_ADDRESS=:10391'];
    return during([...confined(CAPABILITIES), ...listen], async (container) => {
      assert.ok(await isHealthy(container));
    });
  });

  test('the health check fails where nothing listens', () =>
    during(
      confined(CAPABILITIES),
      async (container) => {
        assert.ok(!(await isHealthy(container)));
      },
      [...onDevice(), '--web.listen-address', '127.0.0.1:10391'],
    ));
}

function wireIn(netns: string): number {
  return wireOf(engineIn(`/run/netns/${netns}`)) ?? assert.fail('there is no wire');
}

async function isolationOf(container: Container): Promise<string | undefined> {
  const keys = [...(await container.scrape()).keys()];
  return keys.flatMap(
    (key) => /^xdp_exporter_wire_info\{isolation="(\w+)"\}$/.exec(key)?.[1] ?? [],
  )[0];
}

/** Typed into the container: prints every file and folder that the exporter's user could write, outside of mounts. */
const LIST_WRITABLE = `
const { accessSync, constants, lstatSync, readdirSync } = require('node:fs');
const found = [];
const visit = (path) => {
  const stat = lstatSync(path);
  if (stat.isSymbolicLink() || /^\\/(proc|sys|dev)$/.test(path)) return;
  try { accessSync(path, constants.W_OK); found.push(path); } catch {}
  if (stat.isDirectory()) {
    let names = [];
    try { names = readdirSync(path); } catch {}
    for (const name of names) visit(path === '/' ? '/' + name : path + '/' + name);
  }
};
visit('/');
console.log(JSON.stringify(found));
`;
