// SPDX-License-Identifier: Apache-2.0
// Scores in which a packet weighs the less the older it is. They rank keys by their recent rate.
import { add, type KeyTable } from './key-table.ts';

/** Packets of this age weigh 1/e. */
const TIME_CONSTANT_MS = 30_000;
/** Far from the largest double, and reached after hours. */
const LARGEST_GAIN = 1e200;
/** What is older weighs nothing. Where a process was stopped for longer, the gain would pass the largest double. */
const LONGEST_STEP_MS = 3_600_000;

/** Lets time pass for all scores. */
export interface Decay {
  /** By slot: the scores of all packets of a device as of the last `advance`, with a key or without. */
  readonly deviceScores: Float64Array;
  /** Counts what came since the last time, then lets so much time pass: of a clock that nobody sets. */
  advance(elapsedMs: number): void;
  /** Slots that have had packets, ascending. */
  active(): readonly number[];
  clearSlot(slot: number): void;
}

/**
 * Instead of all scores shrinking, what a new packet adds to them grows, so nothing needs to touch the table as
 * time goes by. Scores are comparable with one another only.
 * @param packets by slot, counted so far
 */
export function createDecay(table: KeyTable, packets: Float64Array): Decay {
  const deviceScores = new Float64Array(packets.length);
  const seen = new Float64Array(packets.length);

  function divideAll(scores: Float64Array): void {
    for (let index = 0; index < scores.length; index++) {
      scores[index] = (scores[index] ?? 0) / table.gain;
    }
  }

  return {
    deviceScores,
    advance(elapsedMs) {
      for (let slot = 0; slot < packets.length; slot++) {
        add(deviceScores, slot, ((packets[slot] ?? 0) - (seen[slot] ?? 0)) * table.gain);
      }
      seen.set(packets);
      table.gain *= Math.exp(Math.min(elapsedMs, LONGEST_STEP_MS) / TIME_CONSTANT_MS);
      if (table.gain > LARGEST_GAIN) {
        divideAll(table.scores);
        divideAll(deviceScores);
        table.gain = 1;
      }
    },
    active() {
      const slots: number[] = [];
      for (let slot = 0; slot < deviceScores.length; slot++) {
        if ((deviceScores[slot] ?? 0) > 0) {
          slots.push(slot);
        }
      }
      return slots;
    },
    clearSlot(slot) {
      deviceScores[slot] = 0;
      seen[slot] = 0;
    },
  };
}
