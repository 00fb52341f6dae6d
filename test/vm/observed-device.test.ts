// SPDX-License-Identifier: Apache-2.0
// Mode observe on devices with real frames: every way to attach, exact counts, and an occupant that is left as it was.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { libc } from '../../src/ffi/libc.ts';
import { packetCount, readPacket } from '../../src/snapshot/packet.ts';
import type { Snapshot } from '../../src/snapshot/snapshot.ts';
import { skipBefore } from '../kernel/support/kernel-version.ts';
import {
  actionOf,
  ForeignPrograms,
  FRAGS_OBJECT,
  foreignFrame,
  loadWithoutBtf,
  VERDICTS,
} from './support/foreign.ts';
import { Hook } from './support/hook.ts';
import { EVERY_PACKET, Observing } from './support/observing.ts';

const skip = skipBefore('5.17', 'for a tracing program to ask for a verdict');

const FRAMES = 500;

/** A length and a source of its own for each verdict. */
const KINDS = VERDICTS.map((verdict, index) => ({
  verdict,
  length: 60 + 7 * index,
  source: 0xc633_6401 + index,
}));

/** Frames are under way for a moment. */
async function arrived(): Promise<void> {
  await sleep(200);
}

function trafficOf({ parts }: Snapshot, device = 0): { packets: number[]; bytes: number[] } {
  const { packets = [], bytes = [] } = parts.traffic?.[device] ?? {};
  return { packets: [...packets], bytes: [...bytes] };
}

function sourcesOf({ parts }: Snapshot): Map<string, number> {
  const sources = parts.sources?.[0]?.series ?? [];
  return new Map(sources.map(({ key, packets }) => [key, packets]));
}

describe('a device whose program is observed', { skip }, () => {
  let hook: Hook;
  let foreign: ForeignPrograms;
  before(() => {
    hook = new Hook(['ob0', 'ob1', 'ob2']);
    foreign = new ForeignPrograms();
    foreign.setTail('foreign_plain');
  });
  after(() => {
    foreign?.close();
    hook?.close();
  });

  for (const [owner, mode, program] of [
    ['netlink', 'native', 'foreign_plain'],
    ['netlink', 'generic', 'foreign_with_a_rather_long_name'],
    ['link', 'native', 'foreign_tail_call'],
    ['link', 'generic', 'foreign_untyped'],
  ] as const) {
    test(`is counted exactly: ${program}, attached by ${owner}, ${mode}`, async (t) => {
      const holding = hook.attach('ob0', foreign.fd(program), owner, mode);
      t.after(() => holding.detach());
      const observing = new Observing(hook, ['ob0']);
      t.after(() => observing.session.close());
      const sendEach = async (times: number) => {
        for (const kind of KINDS) {
          hook.send('ob0', foreignFrame(kind), times);
        }
        await arrived();
        return observing.settled();
      };
      // It takes a few snapshots until each source has a series of its own, which counts from then on.
      let sent = 0;
      let before = new Map<string, number>();
      while (before.size < KINDS.length && sent < FRAMES) {
        before = sourcesOf(await sendEach(5));
        sent += 5;
      }
      const snapshot = await sendEach(FRAMES);
      const occupant = snapshot.devices[0]?.program;
      assert.deepEqual(
        [occupant?.role, occupant?.name, occupant?.id, occupant?.mode],
        ['observed', program, foreign.id(program), mode],
      );
      assert.deepEqual(trafficOf(snapshot), {
        packets: KINDS.map(() => sent + FRAMES),
        bytes: KINDS.map(({ length }) => (sent + FRAMES) * length),
      });
      const grown = [...sourcesOf(snapshot)].map(([address, packets]) => {
        return [address, packets - (before.get(address) ?? 0)] as const;
      });
      assert.deepEqual(
        new Map(grown.sort()),
        new Map(KINDS.map((_, index) => [`198.51.100.${1 + index}`, FRAMES])),
      );
      const sizes = snapshot.parts.packet_sizes?.[0]?.packets ?? [];
      assert.equal(sizes[6], (sent + FRAMES) * KINDS.filter(({ length }) => length <= 64).length);
      assert.deepEqual(snapshot.devices[0]?.observed, { retargets: 0, missed: 0 });
      assert.equal(hook.programId('ob0'), foreign.id(program));
      holding.replace(foreign.fd('foreign_other'));
      assert.equal(hook.programId('ob0'), foreign.id('foreign_other'));
    });
  }

  test('shows each packet with its verdict in the log', async (t) => {
    const holding = hook.attach('ob0', foreign.fd('foreign_plain'), 'link', 'native');
    t.after(() => holding.detach());
    const logger = { ...EVERY_PACKET, output: 'rows' } as const;
    const observing = new Observing(hook, ['ob0'], { logger });
    t.after(() => observing.session.close());
    for (const kind of KINDS) {
      hook.send('ob0', foreignFrame(kind), 50);
    }
    await arrived();
    await observing.settled();
    const lines = observing.rows.flatMap((rows) =>
      Array.from({ length: packetCount(rows) }, (_, row) => readPacket(rows, row)),
    );
    assert.equal(lines.length, 50 * KINDS.length);
    const shown = new Set(
      lines.map(({ action, source, lengthBytes, device, sourcePort }) =>
        [action, source.slice(0, 4).join('.'), lengthBytes, device, sourcePort].join(' '),
      ),
    );
    assert.deepEqual(
      shown,
      new Set(
        KINDS.map(({ verdict, length }, index) =>
          [actionOf(verdict), `198.51.100.${1 + index}`, length, 'ob0', 40_000].join(' '),
        ),
      ),
    );
    assert.ok(lines.every(({ monotonicNs }) => monotonicNs > 0));
  });

  test('is told from another with the same program, and from one that nobody wants', async (t) => {
    for (const device of ['ob0', 'ob1', 'ob2']) {
      const holding = hook.attach(device, foreign.fd('foreign_plain'), 'netlink', 'native');
      t.after(() => holding.detach());
    }
    const observing = new Observing(hook, ['ob0', 'ob1']);
    t.after(() => observing.session.close());
    for (const [device, times] of [
      ['ob0', 70],
      ['ob1', 30],
      ['ob2', 50],
    ] as const) {
      hook.send(device, foreignFrame({ verdict: 1, length: 100, source: 1 }), times);
    }
    await arrived();
    const snapshot = await observing.settled();
    assert.deepEqual(
      [0, 1].map((device) => trafficOf(snapshot, device).packets),
      [
        [0, 70, 0, 0, 0, 0],
        [0, 30, 0, 0, 0, 0],
      ],
    );
  });

  test('has a reason where there is no program, or one without BTF', (t) => {
    const observing = new Observing(hook, ['ob0']);
    t.after(() => observing.session.close());
    const reasonOf = () => observing.session.snapshot().devices[0]?.reason;
    assert.equal(reasonOf(), 'no_program');
    const fd = loadWithoutBtf();
    t.after(() => libc().close(fd));
    const holding = hook.attach('ob0', fd, 'netlink', 'native');
    t.after(() => holding.detach());
    observing.session.rescan();
    assert.equal(reasonOf(), 'no_btf');
    assert.match(observing.log.at('warn').at(-1) ?? '', /has none; build it with BTF/);
  });

  test('counts all bytes of frames of many buffers', async (t) => {
    const jumbo = new Hook(['ob3'], 9000);
    t.after(() => jumbo.close());
    const programs = new ForeignPrograms(FRAGS_OBJECT);
    t.after(() => programs.close());
    const holding = jumbo.attach('ob3', programs.fd('foreign_frags'), 'link', 'native');
    t.after(() => holding.detach());
    const observing = new Observing(jumbo, ['ob3']);
    t.after(() => observing.session.close());
    jumbo.send('ob3', foreignFrame({ verdict: 1, length: 8000, source: 1 }), 100);
    await arrived();
    const snapshot = await observing.settled();
    assert.deepEqual(trafficOf(snapshot).bytes, [0, 800_000, 0, 0, 0, 0]);
    assert.equal(snapshot.parts.logger?.devices[0]?.decoded, 100);
    assert.deepEqual(
      snapshot.parts.protocols?.[0]?.malformed.reduce((sum, each) => sum + each),
      0,
    );
  });
});
