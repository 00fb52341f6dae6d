// SPDX-License-Identifier: Apache-2.0
// The kernel's XDP tracepoints against events that foreign programs provoke: every frame counted once, by whose it is.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { openKernel } from '../../src/engine/kernel.ts';
import type { EngineOptions } from '../../src/engine/options.ts';
import { Session } from '../../src/engine/session.ts';
import { readCpuMask } from '../../src/kernel/cpu-mask.ts';
import { ACTIONS } from '../../src/snapshot/packet-class.ts';
import { REDIRECT_ERRORS, type TracepointsPart } from '../../src/snapshot/tracepoints.ts';
import { optionsOf } from '../unit/engine/engine-options.ts';
import { FakeLog } from '../unit/fake-log.ts';
import { skipBefore } from './support/kernel-version.ts';
import { type Deed, Provoker, until } from './support/provoker.ts';
import { skipUnlessRoot } from './support/root.ts';

const ABORTED = 0;
const FRAMES = 1000;
const EMPTY_KEY = 1;
const NO_DEVICE = 99_999;

/** Hostile, but a name. */
const OUT = 'o"t{}\\';

function openSession(netns: readonly string[], others: Partial<EngineOptions> = {}): Session {
  const options = optionsOf(
    { include: ['*'], exclude: ['lo'] },
    { netns, tracepoints: 'on', ...others },
  );
  const session = new Session(openKernel(options), options, new FakeLog().log);
  session.rescan();
  return session;
}

function partOf(session: Session): TracepointsPart {
  const { parts } = session.snapshot();
  assert.ok(parts.tracepoints);
  return parts.tracepoints;
}

/** What is not zero, as "device action" and "device ERRNO". */
function countsOf({ devices }: TracepointsPart): Readonly<Record<string, number>> {
  const counts = devices.flatMap(({ name, exceptions = [], redirectErrors = [] }) => [
    ...[...exceptions].map((count, action) => [`${name} ${ACTIONS[action]}`, count] as const),
    ...[...redirectErrors].map(
      (count, error) => [`${name} ${REDIRECT_ERRORS[error]}`, count] as const,
    ),
  ]);
  return Object.fromEntries(counts.filter(([, count]) => count > 0));
}

function devmapOf({ devices, devmap }: TracepointsPart): unknown[] {
  const nameOf = (index: number | undefined) => (index === undefined ? '-' : devices[index]?.name);
  return devmap.map(({ from, to, sent, dropped }) => [nameOf(from), nameOf(to), sent, dropped]);
}

function difference(
  after: Readonly<Record<string, number>>,
  before: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> {
  const changes = Object.entries(after).map(([key, count]) => [key, count - (before[key] ?? 0)]);
  return Object.fromEntries(changes.filter(([, change]) => change !== 0));
}

describe('the XDP tracepoints', { skip: skipUnlessRoot }, () => {
  let provoker: Provoker;
  let session: Session;

  before(() => {
    provoker = new Provoker(OUT);
    provoker.attach('native');
    session = openSession([provoker.middle.name]);
  });
  after(() => {
    session?.close();
    provoker?.close();
  });

  it('are all listened to on this kernel', () => {
    for (const { name, reason, missed } of partOf(session).tracepoints) {
      assert.deepEqual([name, reason, missed], [name, undefined, 0]);
    }
  });

  const failures: readonly (readonly [string, (to: Provoker) => Deed, string])[] = [
    ['that end with aborted', () => ({ deed: 'verdict', argument: ABORTED }), 'in aborted'],
    ['whose verdict does not exist', () => ({ deed: 'verdict', argument: 77 }), 'in invalid'],
    ['whose verdict has 32 bits', () => ({ deed: 'verdict', argument: 0xffff_fffe }), 'in invalid'],
    [
      'that go to an empty slot of a devmap',
      () => ({ deed: 'devmap', argument: EMPTY_KEY }),
      'in aborted',
    ],
    [
      'that go to a device that there is not',
      () => ({ deed: 'redirect', argument: NO_DEVICE }),
      'in EINVAL',
    ],
    [
      'that go to a device that is down',
      (to) => ({ deed: 'redirect', argument: to.ifindex(to.middle, 'idle') }),
      'in ENETDOWN',
    ],
    [
      'that go to a device that takes no XDP frames',
      (to) => ({ deed: 'redirect', argument: to.ifindex(to.middle, 'lo') }),
      'in EOPNOTSUPP',
    ],
  ];
  for (const [which, deed, key] of failures) {
    it(`count ${FRAMES} frames ${which} as "${key}", and nothing else`, async () => {
      const before = countsOf(partOf(session));
      await provoker.provoke(deed(provoker), FRAMES);
      await until(() => countsOf(partOf(session))[key] !== before[key]);
      assert.deepEqual(difference(countsOf(partOf(session)), before), { [key]: FRAMES });
    });
  }

  it('count frames that a devmap sends on', async () => {
    provoker.receiveOnFar();
    provoker.lead(OUT);
    await provoker.provoke({ deed: 'devmap', argument: 0 }, FRAMES);
    assert.deepEqual(devmapOf(partOf(session)), [['in', OUT, FRAMES, 0]]);
  });

  it('count frames that a program in a devmap drops', {
    skip: skipBefore('5.13', 'for the kernel to tell of them'),
  }, async () => {
    provoker.lead(OUT, true);
    await provoker.provoke({ deed: 'devmap', argument: 0 }, FRAMES);
    provoker.lead(OUT);
    assert.deepEqual(devmapOf(partOf(session)), [['in', OUT, FRAMES, FRAMES]]);
  });

  it('count frames that a cpumap passes to a CPU, and those that its queue has no room for', async () => {
    const cpu = readCpuMask('online').at(-1) ?? 0;
    const map = provoker.openCpu(cpu, 1);
    const ours = () => partOf(session).cpumap.filter((path) => path.map === map);
    // On a busy machine the other CPU may be as fast as the frames come.
    for (let sent = FRAMES; sent <= 50 * FRAMES; sent += FRAMES) {
      await provoker.provoke({ deed: 'cpumap', argument: cpu }, FRAMES);
      await until(() => ours()[0]?.enqueued === provoker.passed);
      const dropped = sent - provoker.passed;
      assert.deepEqual(ours(), [{ map, cpu, enqueued: provoker.passed, dropped }]);
      if (dropped > 0) {
        return;
      }
    }
    assert.fail('a queue of one frame is never full');
  });

  it('leave out what happens on devices that are not selected, and between two of them', async () => {
    const other = openSession([provoker.far.name]);
    try {
      await provoker.provoke({ deed: 'verdict', argument: ABORTED }, 64);
      await provoker.provoke({ deed: 'devmap', argument: 0 }, 64);
      assert.deepEqual(countsOf(partOf(other)), {});
      assert.deepEqual(devmapOf(partOf(other)), []);
    } finally {
      other.close();
    }
  });

  it('name a device that is not selected nowhere, also where the other end of a redirect is', async () => {
    const options = optionsOf(
      { include: ['in'] },
      { netns: [provoker.middle.name], tracepoints: 'on' },
    );
    const other = new Session(openKernel(options), options, new FakeLog().log);
    try {
      other.rescan();
      await provoker.provoke({ deed: 'devmap', argument: 0 }, 64);
      assert.deepEqual(devmapOf(partOf(other)), [['in', '-', 64, 0]]);
    } finally {
      other.close();
    }
  });

  it('count on for a device that goes out of selection and comes back', async () => {
    const before = countsOf(partOf(session));
    provoker.middle.ip('link set in down');
    provoker.middle.ip('link set in name gone');
    session.rescan();
    assert.deepEqual(countsOf(partOf(session)), before);
    provoker.middle.ip('link set gone name in');
    provoker.middle.ip('link set in up');
    session.rescan();
    await provoker.provoke({ deed: 'verdict', argument: ABORTED }, 64);
    assert.deepEqual(difference(countsOf(partOf(session)), before), { 'in aborted': 64 });
  });
});

describe('the XDP tracepoints of a program in generic mode', {
  skip: skipUnlessRoot || skipBefore('5.15', 'for a program with maps of programs in generic mode'),
}, () => {
  const cpu = readCpuMask('online').at(-1) ?? 0;
  let provoker: Provoker;
  let session: Session;

  before(() => {
    provoker = new Provoker();
    provoker.attach('generic');
    session = openSession([provoker.middle.name]);
  });
  after(() => {
    session?.close();
    provoker?.close();
  });

  it('count exceptions and failed redirects as in native mode', async () => {
    await provoker.provoke({ deed: 'verdict', argument: ABORTED }, 64);
    await provoker.provoke({ deed: 'verdict', argument: 9 }, 64);
    await provoker.provoke({ deed: 'redirect', argument: NO_DEVICE }, 64);
    assert.deepEqual(countsOf(partOf(session)), {
      'in aborted': 64,
      'in invalid': 64,
      'in EINVAL': 64,
    });
  });

  it('count each frame of a cpumap once, whether it is enqueued or dropped', async () => {
    const map = provoker.openCpu(cpu, 1);
    const before = countsOf(partOf(session));
    await provoker.provoke({ deed: 'cpumap', argument: cpu }, FRAMES);
    const ours = () => partOf(session).cpumap.filter((path) => path.map === map);
    await until(() => ours()[0]?.enqueued === provoker.passed);
    const dropped = FRAMES - provoker.passed;
    assert.deepEqual(ours(), [{ map, cpu, enqueued: provoker.passed, dropped }]);
    // In generic mode a full queue is a failed redirect as well.
    const errors = difference(countsOf(partOf(session)), before);
    assert.deepEqual(errors, dropped === 0 ? {} : { 'in ENOSPC': dropped });
  });
});
