// SPDX-License-Identifier: Apache-2.0
// Every record of the real program, through real rings in every state: decoded once, or counted as lost.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { pinThread } from '../../src/kernel/cpu-affinity.ts';
import { readCpuMask } from '../../src/kernel/cpu-mask.ts';
import { Recording, type RecordingOptions, TURN_INTERVAL_MS } from './support/recording.ts';
import { skipUnlessRoot } from './support/root.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
const SECOND_MS = 1000;

const online = readCpuMask('online');
const cpu = online.at(-1) ?? 0;
/** Where this thread is while another process runs the program on `cpu`; the same where there is only one. */
const elsewhere = online[0] ?? 0;

/** Runs so many frames, of another source every `perSource`, with a turn after each source. */
function runInTurns(recording: Recording, frames: number, perSource: number): Map<number, number> {
  const ran = new Map<number, number>();
  for (let source = 0, rest = frames; rest > 0; source++, rest -= perSource) {
    const count = Math.min(rest, perSource);
    recording.run(source, count);
    ran.set(source, count);
    recording.turn();
  }
  return ran;
}

/** At rest the loss budget adds up, and nothing was damaged. */
function assertExact(recording: Recording): void {
  recording.turn();
  const { packets, sampledOut, ringFull, noRing } = recording.counted();
  const { corruptions } = recording.recorder.state(performance.now());
  assert.equal(recording.sources.records + sampledOut + ringFull + noRing, packets);
  assert.deepEqual(corruptions, { record: 0, position: 0, interval: 0 });
}

for (const transport of ['mapped', 'perf'] as const) {
  describe(`Recorder on real ${transport} rings`, { skip: skipUnlessRoot }, () => {
    /** As `test`, but closes what it opened. */
    const check = (
      name: string,
      options: Omit<RecordingOptions, 'transport'>,
      run: (recording: Recording) => void | Promise<void>,
    ) =>
      test(name, async () => {
        pinThread(cpu);
        const recording = new Recording({ transport, ...options });
        try {
          await run(recording);
        } finally {
          recording.close();
        }
      });

    for (const frames of [1, 63, 64, 65, 1000, 5_000_003]) {
      check(`decodes ${frames} packets exactly`, { ringSizeBytes: 16 * MIB }, (recording) => {
        recording.openRings();
        const ran = runInTurns(recording, frames, frames > 1000 ? 149_999 : 250);
        recording.turn();
        assert.equal(recording.sources.records, frames);
        assert.deepEqual(recording.sources.counts, ran);
        assert.equal(recording.sources.weight, frames);
        assert.equal(recording.sources.timed, recording.timedOf(frames));
        assertExact(recording);
      });
    }

    for (const reordersStores of [false, true]) {
      const kind = reordersStores ? 'with an exchange' : 'with a store';
      check(
        `decodes what another process sends, each record whole, published ${kind}`,
        { ringSizeBytes: 16 * MIB, reordersStores },
        async (recording) => {
          recording.openRings();
          pinThread(elsewhere);
          await recording.runBeside(cpu, 2, 100_003, () => {
            // Without a rest, so that many turns end at a record that was written just then.
            for (let turn = 0; turn < 1000; turn++) {
              recording.turn();
            }
          });
          assertExact(recording);
          const { packets, ringFull } = recording.counted();
          assert.equal(packets, 2 * 100_003);
          assert.equal(ringFull, 0);
          assert.ok([...recording.sources.counts.values()].every((count) => count === 100_003));
        },
      );
    }

    check(
      'decodes the first that a full ring had room for, and is exact after it',
      { ringSizeBytes: 32 * KIB },
      (recording) => {
        recording.openRings();
        for (let source = 0; source < 2000; source++) {
          recording.run(source, 1);
        }
        assertExact(recording);
        const { ringFull, packets } = recording.counted();
        const room = packets - ringFull;
        assert.equal(packets, 2000);
        assert.ok(room > 300 && room < 512, `room for ${room}`);
        const first = Array.from({ length: room }, (_, source) => source);
        assert.deepEqual(recording.sources.order, first);
        assert.equal(recording.sources.records, room);
        recording.sources.counts.clear();
        const ran = runInTurns(recording, 777, 97);
        assert.deepEqual(recording.sources.counts, ran);
        assert.equal(recording.counted().ringFull, ringFull);
      },
    );

    check(
      'counts what a small ring loses under load, and overwrites nothing',
      { ringSizeBytes: 32 * KIB },
      async (recording) => {
        recording.openRings();
        pinThread(elsewhere);
        await recording.runBeside(cpu, 50, 20_000, () => recording.turn());
        assertExact(recording);
        const { packets, ringFull } = recording.counted();
        const { order, records } = recording.sources;
        assert.equal(packets, 1_000_000);
        assert.ok(ringFull > 0 && records > 0, `${records} decoded, ${ringFull} lost`);
        assert.deepEqual(
          order,
          [...new Set(order)].sort((a, b) => a - b),
          'packets in their order',
        );
      },
    );

    check(
      'counts what a full ring loses for the device whose packet it was',
      { ringSizeBytes: 32 * KIB, slots: [3, 5] },
      (recording) => {
        recording.openRings();
        for (let round = 0; round < 20; round++) {
          recording.run(round, 50, 3);
          recording.run(round, 30, 5);
        }
        recording.turn();
        recording.run(77, 100, 5);
        recording.turn();
        for (const [slot, sent] of [
          [3, 1000],
          [5, 700],
        ] as const) {
          const counted = recording.counted(slot);
          const decoded = recording.sources.slots.get(slot) ?? 0;
          assert.equal(counted.packets, sent);
          assert.ok(counted.ringFull > 0 && decoded > 0);
          assert.equal(decoded + counted.ringFull, sent);
        }
        assert.equal(recording.sources.counts.get(77), 100);
      },
    );

    check(
      'counts what a CPU without a ring sends, and soon gives it one',
      { ringSizeBytes: 256 * KIB },
      async (recording) => {
        recording.turn();
        const startMs = performance.now();
        recording.run(1, 17);
        while (recording.recorder.state(startMs).rings.length === 0) {
          assert.ok(performance.now() - startMs < 10 * SECOND_MS, 'no ring');
          await sleep(TURN_INTERVAL_MS);
          recording.turn();
        }
        recording.run(2, 23);
        assertExact(recording);
        assert.equal(recording.counted().noRing, 17);
        assert.deepEqual(recording.sources.counts, new Map([[2, 23]]));
        assert.deepEqual(
          recording.recorder.state(startMs).rings.map((ring) => ring.cpu),
          [cpu],
        );
      },
    );

    check(
      'loses nothing that was published when a ring is taken away under load',
      { ringSizeBytes: 4 * MIB },
      async (recording) => {
        recording.openRings();
        pinThread(elsewhere);
        let turns = 0;
        let takenAway = 0;
        const hasRing = () =>
          recording.recorder.state(performance.now()).rings.some((ring) => ring.cpu === cpu);
        await recording.runBeside(cpu, 3, 1_000_000, () => {
          turns++;
          // A CPU that goes, and is back a little later, or is found since it sends.
          recording.recorder.followCpus(turns % 4 === 0 ? [] : online, performance.now());
          const had = hasRing();
          recording.turn();
          takenAway += had && !hasRing() ? 1 : 0;
        });
        assertExact(recording);
        const { packets, noRing } = recording.counted();
        assert.equal(packets, 3_000_000);
        assert.ok(takenAway > 1, `${takenAway} times`);
        assert.ok(noRing > 0, 'some found no ring');
      },
    );

    check(
      'decodes the time of each packet where it is wanted',
      { ringSizeBytes: MIB, recordTimes: true },
      (recording) => {
        recording.openRings();
        const ran = runInTurns(recording, 10_007, 997);
        assertExact(recording);
        assert.deepEqual(recording.sources.counts, ran);
        const ageMs = (Number(process.hrtime.bigint()) - recording.sources.lastTime) / 1e6;
        assert.ok(ageMs >= 0 && ageMs < SECOND_MS, `${ageMs} ms ago`);
      },
    );

    for (const interval of [2, 16, 1000]) {
      check(
        `records one packet in ${interval}, whose weights add up to all`,
        { ringSizeBytes: 4 * MIB },
        (recording) => {
          recording.openRings();
          recording.sampleInterval = interval;
          recording.turn();
          runInTurns(recording, 200_000, 40_000);
          recording.sampleInterval = 1;
          recording.turn();
          recording.run(99, 1);
          assertExact(recording);
          const { records, weight } = recording.sources;
          assert.equal(weight, 200_001);
          const expected = 200_000 / interval;
          assert.ok(Math.abs(records - expected) < 6 * Math.sqrt(expected), `${records} records`);
          assert.equal(recording.counted().sampledOut, 200_001 - records);
        },
      );
    }
  });
}
