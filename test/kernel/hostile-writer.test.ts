// SPDX-License-Identifier: Apache-2.0
// Another process writes whatever it likes into the recorder's memory, while packets come and are read.
import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { libbpf } from '../../src/ffi/libbpf.ts';
import { pinThread } from '../../src/kernel/cpu-affinity.ts';
import { readCpuMask } from '../../src/kernel/cpu-mask.ts';
import { LENGTH, RECORD_WORDS, SLOT, SLOT_BITS, WEIGHT } from '../../src/recorder/record.ts';
import type { CorruptionKind } from '../../src/recorder/state.ts';
import { type Command, type Damage, READY, type Reply } from './support/hostile-protocol.ts';
import { Recording, SLOTS, TURN_INTERVAL_MS } from './support/recording.ts';
import { skipUnlessRoot } from './support/root.ts';
import { SourceCounts } from './support/source-counts.ts';

const WRITER = fileURLToPath(new URL('./support/hostile-writer.js', import.meta.url));
const FUZZ_MS = Number(process.env['XDP_TEST_FUZZ_SECONDS'] ?? 5) * 1000;

/** In CPU time, since other processes may have the CPU for long: a turn reads rings of 512 records each. */
const LONGEST_TURN_MS = 1_000;
const RING_BYTES = 32 * 1024;
const RECORDS = RING_BYTES / 64;

const KIND_OF: Readonly<Record<Damage, CorruptionKind>> = {
  head: 'position',
  tail: 'position',
  record: 'record',
  interval: 'interval',
};

/** Each is found for itself: a position that is damaged may keep the reader from a damaged record. */
const ROUNDS: readonly (readonly Damage[])[] = [
  ['head'],
  ['tail'],
  ['record'],
  ['interval'],
  ['interval', 'head'],
  ['record', 'interval'],
  ['tail', 'interval'],
];

const online = readCpuMask('online');
const cpu = online.at(-1) ?? 0;

class HostileTest {
  readonly recording: Recording;
  /** Counts once the memory is sound again. */
  sources: SourceCounts | undefined;
  taken = 0;
  turns = 0;
  longestTurnMs = 0;

  constructor() {
    this.recording = new Recording({
      transport: 'mapped',
      ringSizeBytes: RING_BYTES,
      take: (words, first, count, from) => {
        assert.ok(online.includes(from) && count > 0 && count < RECORDS);
        this.taken += count;
        assertSound(words, first, count);
        this.sources?.take(words, first, count, from);
      },
    });
    this.recording.openRings();
  }

  get corruptions(): Readonly<Record<CorruptionKind, number>> {
    return this.recording.recorder.state(performance.now()).corruptions;
  }

  turn(): void {
    const before = this.taken;
    const start = process.cpuUsage();
    this.recording.turn();
    const { user, system } = process.cpuUsage(start);
    this.longestTurnMs = Math.max(this.longestTurnMs, (user + system) / 1000);
    this.turns++;
    assert.ok(this.taken - before < online.length * RECORDS, 'more than the rings hold');
  }

  startWriter(): ChildProcess {
    const ids = [intervalMapId(this.recording.programId), ...ringIds(this.recording.maps.ringsFd)];
    return fork(WRITER, [RECORDS, ...ids].map(String));
  }
}

/** What takers are promised, whenever they look. */
function assertSound(words: Uint32Array, first: number, count: number): void {
  assert.ok(first + count * RECORD_WORDS <= words.length);
  let isSound = true;
  for (let record = 0; record < count; record++) {
    const at = first + record * RECORD_WORDS;
    const kind = words[at + SLOT] as number;
    isSound &&= (kind & SLOT_BITS) < SLOTS && ((kind >>> 24) & 7) <= 5 && ((kind >>> 27) & 3) < 3;
    isSound &&= words[at + WEIGHT] !== 0 && words[at + LENGTH] !== undefined;
  }
  assert.ok(isSound);
}

function ringIds(ringsFd: number): number[] {
  return online.map((of) => {
    const id = Buffer.alloc(4);
    const key = Buffer.from(Uint32Array.of(of).buffer);
    assert.equal(libbpf().bpf_map_lookup_elem(ringsFd, key, id).value, 0);
    return id.readUInt32LE();
  });
}

/** Of the map that the compiler puts the interval in, as bpftool finds it. */
function intervalMapId(programId: number): number {
  const bpftool = (...args: string[]) =>
    JSON.parse(
      execFileSync('bpftool', ['--json', ...args], {
        env: { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin` },
        encoding: 'utf8',
      }),
    );
  const { map_ids } = bpftool('prog', 'show', 'id', String(programId)) as { map_ids: number[] };
  const id = map_ids.find((map) => {
    const { name } = bpftool('map', 'show', 'id', String(map)) as { name: string };
    return name.endsWith('.bss');
  });
  return id ?? assert.fail('no map of variables');
}

async function ask(writer: ChildProcess, command: Command): Promise<Reply> {
  const reply = once(writer, 'message');
  writer.send(command);
  const [message] = (await reply) as [Reply];
  return message;
}

/** Turns as the engine does while the writer writes; returns how often it wrote. */
async function fuzzFreely(hostile: HostileTest, writer: ChildProcess, ms: number): Promise<number> {
  let writes: number | undefined;
  const end = ask(writer, { freeMs: ms }).then((reply) => {
    writes = 'writes' in reply ? reply.writes : 0;
  });
  while (writes === undefined) {
    hostile.turn();
    await sleep(TURN_INTERVAL_MS);
  }
  await end;
  return writes;
}

/** Round by round, each damage that is in memory raises the counter of its kind in the next turn. */
async function fuzzInRounds(hostile: HostileTest, writer: ChildProcess, ms: number) {
  const found: Record<Damage, number> = { head: 0, tail: 0, record: 0, interval: 0 };
  const endMs = performance.now() + ms;
  hostile.turn();
  for (let round = 0; performance.now() < endMs; round++) {
    const before = hostile.corruptions;
    const damages = ROUNDS[round % ROUNDS.length] ?? [];
    const reply = await ask(writer, { round: damages });
    const done = 'done' in reply ? reply.done : [];
    hostile.turn();
    const { corruptions } = hostile;
    for (const damage of done) {
      const kind = KIND_OF[damage];
      assert.ok(corruptions[kind] > before[kind], `round ${round}: ${damage} was not found`);
      found[damage]++;
    }
  }
  return found;
}

describe('Recorder beside a hostile writer', { skip: skipUnlessRoot }, () => {
  test('never throws or hangs, counts what was damaged, and is in step afterwards', async (context) => {
    pinThread(online[0] ?? 0);
    const hostile = new HostileTest();
    const { recording } = hostile;
    const writer = hostile.startWriter();
    const packets = recording.startBeside(cpu, 1_000_000, 1_000_000);
    try {
      assert.deepEqual(await once(writer, 'message'), [READY, undefined]);
      const writes = await fuzzFreely(hostile, writer, FUZZ_MS * 0.6);
      const free = hostile.corruptions;
      assert.ok(free.record > 0 && free.position > 0 && free.interval > 0);
      const found = await fuzzInRounds(hostile, writer, FUZZ_MS * 0.4);
      assert.ok(Object.values(found).every((times) => times > 0));
      await end(writer);
      await end(packets);
      context.diagnostic(
        `${writes} writes, then rounds ${JSON.stringify(found)}; ${hostile.turns} turns, the ` +
          `longest ${hostile.longestTurnMs.toFixed(1)} ms of CPU; ${JSON.stringify(hostile.corruptions)}; ` +
          `${hostile.taken} records taken`,
      );
      assert.ok(hostile.longestTurnMs < LONGEST_TURN_MS, `${hostile.longestTurnMs} ms`);
      assertInStep(hostile);
    } finally {
      await end(writer);
      await end(packets);
      recording.close();
    }
  });
});

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
  }
}

/** One turn sets all right; what is sent then is decoded exactly. */
function assertInStep(hostile: HostileTest): void {
  const { recording } = hostile;
  hostile.turn();
  pinThread(cpu);
  // Packets that were passed over while the interval was another's count into the next record.
  recording.run(0, 1);
  hostile.turn();
  const { corruptions } = hostile;
  // Programs leave the time alone where it is not wanted, and so what the writer put there.
  const sources = new SourceCounts();
  hostile.sources = sources;
  const before = recording.counted();
  for (let source = 0; source < 40; source++) {
    recording.run(source, 250);
    hostile.turn();
  }
  const { packets, ringFull, noRing, sampledOut } = recording.counted();
  assert.equal(packets - before.packets, 10_000);
  assert.deepEqual(
    [ringFull, noRing, sampledOut],
    [before.ringFull, before.noRing, before.sampledOut],
  );
  assert.equal(sources.records, 10_000);
  assert.equal(sources.weight, 10_000);
  assert.ok([...sources.counts.values()].every((count) => count === 250));
  assert.deepEqual(hostile.corruptions, corruptions);
}
