// SPDX-License-Identifier: Apache-2.0
// Every record of the real program, through real rings in every state: counted once, or known to be lost.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { pinThread } from '../../src/kernel/cpu-affinity.ts';
import { readCpuMask } from '../../src/kernel/cpu-mask.ts';
import { LoggedCpu } from './support/logged-cpu.ts';
import { skipUnlessRoot } from './support/root.ts';

const INJECT = fileURLToPath(new URL('./support/inject.js', import.meta.url));
const KIB = 1024;
const MIB = 1024 * KIB;
const BATCH_SIZES = [1, 8, 64, 256];

const online = readCpuMask('online');
const cpu = online.at(-1) ?? 0;

/** Injects so many frames, of another source every `perSource`, with a turn after each source. */
function injectInTurns(logged: LoggedCpu, frames: number, perSource: number): Map<number, number> {
  const injected = new Map<number, number>();
  for (let source = 0, rest = frames; rest > 0; source++, rest -= perSource) {
    const count = Math.min(rest, perSource);
    logged.inject(source, count);
    injected.set(source, count);
    logged.turn(1);
  }
  return injected;
}

/** What BPF lost in all, once the reader has come to rest and agrees with it. */
function settle(logged: LoggedCpu, records: number): number {
  logged.turn(3);
  const { reader } = logged;
  const { ringFull, noRing, seen } = logged.readLost();
  const recovered = reader.recovered.reduce((sum, count) => sum + count, 0);
  const lost = ringFull + noRing;
  assert.equal(reader.decodedRecords + lost - recovered, seen, 'decoded + lost - recovered');
  assert.equal(reader.lostBatches * records, lost, 'lost batches');
  assert.equal(reader.corruptBatches, 0);
  assert.equal(reader.ring?.corruptions ?? 0, 0);
  return lost;
}

describe('BatchReader on a real ring', { skip: skipUnlessRoot }, () => {
  let logged: LoggedCpu;
  const open = (options: { records: number; times?: boolean; ringSizeBytes?: number }) => {
    pinThread(cpu);
    logged = new LoggedCpu({ cpu, ...options });
    return logged;
  };
  /** As `test`, but closes what it opened. */
  const check = (name: string, run: () => void | Promise<void>) =>
    test(name, async () => {
      try {
        await run();
      } finally {
        logged.close();
      }
    });

  for (const records of BATCH_SIZES) {
    for (const frames of [1, 63, 64, 65, 1000, 5_000_003]) {
      check(`decodes ${frames} frames in batches of ${records}, once each`, () => {
        open({ records, ringSizeBytes: 16 * MIB });
        const injected = injectInTurns(logged, frames, frames > 1000 ? 199_999 : 97);
        assert.equal(settle(logged, records), 0);
        assert.equal(logged.reader.decodedRecords, frames);
        assert.deepEqual(logged.sources.counts, injected);
      });
    }

    check(`decodes batches of ${records} with the times of their packets`, () => {
      open({ records, times: true, ringSizeBytes: MIB });
      const injected = injectInTurns(logged, 10_007, 997);
      assert.equal(settle(logged, records), 0);
      assert.deepEqual(logged.sources.counts, injected);
    });

    check(`decodes batches of ${records} while another process makes them`, async () => {
      open({ records, ringSizeBytes: 4 * MIB });
      pinThread(online[0] ?? 0);
      const sources = 5;
      const perSource = 400_003;
      const call = [INJECT, logged.programId, cpu, sources, perSource].map(String);
      const child = spawn(process.execPath, call, { stdio: 'inherit', timeout: 60_000 });
      const exit = once(child, 'exit');
      while (child.exitCode === null && child.signalCode === null) {
        logged.turn(1);
        await sleep(1);
      }
      assert.deepEqual(await exit, [0, null]);
      settle(logged, records);
      assert.equal(logged.readLost().seen, sources * perSource);
      assert.equal(logged.sources.counts.size, sources);
    });

    check(`knows what a full ring lost of batches of ${records}, and is in step after it`, () => {
      open({ records, ringSizeBytes: 32 * KIB });
      for (const round of [1, 2]) {
        logged.inject(round, 10_001);
        const lost = settle(logged, records);
        assert.ok(lost > 0);
        assert.ok((logged.reader.ring?.fill ?? 1) === 0);
        const decoded = logged.reader.decodedRecords;
        injectInTurns(logged, 777, 97);
        assert.equal(settle(logged, records), lost);
        assert.equal(logged.reader.decodedRecords, decoded + 777);
        assert.equal((logged.reader.ring?.lostRecords ?? 0) * records, lost);
      }
      assert.equal(logged.readLost().noRing, 0);
    });

    check(`takes what it can of batches of ${records} where there is no ring`, () => {
      open({ records });
      for (let source = 0; source < 15; source++) {
        logged.inject(source, 37);
        logged.turn(3);
      }
      settle(logged, records);
      const { ringFull, noRing } = logged.readLost();
      assert.equal(ringFull, 0);
      assert.equal(noRing, 15 * 37 - ((15 * 37) % records));
      assert.equal(records > 1, logged.reader.decodedRecords > 0);
    });

    check(`goes on in a new ring after the old one, with batches of ${records}`, () => {
      open({ records, ringSizeBytes: 64 * KIB });
      for (let round = 0; round < 8; round++) {
        logged.inject(round, 501);
        logged.turn(1);
        logged.closeRing();
        logged.inject(round, 501);
        logged.openRing((64 * KIB) << (round % 3));
      }
      logged.inject(99, 501);
      assert.ok(settle(logged, records) > 0);
      assert.ok((logged.sources.counts.get(99) ?? 0) > 501 - records);
    });
  }
});
