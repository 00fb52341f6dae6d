// SPDX-License-Identifier: Apache-2.0
// Peaks: whatever times records have, no window holds more than came, and a burst of one turn without times is whole.
import assert from 'node:assert/strict';
import { RECORD } from '../../../src/kernel/layout.ts';
import { DevicePeaks } from '../../../src/recorder/peaks/peaks.ts';
import {
  createDecoded,
  createDeviceIntake,
} from '../../../src/recorder/top-lists/device-intake.ts';
import { PEAK_WINDOWS } from '../../../src/snapshot/peaks.ts';
import { SLOTS, WORDS, writeAll } from '../records.ts';
import { Script } from '../script.ts';
import type { Target } from '../target.ts';

const MOST = 64;
/** Sums of doubles are exact below it only. */
const EXACT = 2 ** 53;
const TIME = RECORD.offsets.time / 8;
const words = new Uint32Array(MOST * WORDS);
const stamps = new BigUint64Array(words.buffer);

/** Some ms from the present one, or none, or what another process may have written. */
function stamp(script: Script, nowMs: number): bigint {
  const kind = script.u8();
  if (kind < 64) {
    return 0n;
  }
  return kind < 240 ? BigInt(Math.max(0, Math.floor((nowMs - script.u8()) * 1e6))) : script.u64();
}

function writeUntimed(script: Script): number {
  const count = writeAll(words, 1 + (script.u8() % MOST), script);
  for (let record = 0; record < count; record++) {
    stamps[(record * WORDS) / 2 + TIME] = 0n;
  }
  return count;
}

export const peaks: Target = {
  name: 'peaks',
  maxBytes: 768,
  run(input) {
    const script = new Script(input);
    const decoded = createDecoded(SLOTS);
    const devicePeaks = new DevicePeaks(decoded, 0.25 * script.u8());
    const take = devicePeaks.wrap(createDeviceIntake(decoded));
    const isStamped = script.u8() % 4 !== 0;
    let nowMs = script.u32() % 1_000_000;
    let turns = 0;
    do {
      nowMs += script.u8() / 4;
      devicePeaks.begin(nowMs);
      for (let cpu = 0; cpu < 2; cpu++) {
        const count = writeUntimed(script);
        if (count > 0) {
          stamps[TIME] = isStamped ? stamp(script, nowMs) : 0n;
          take(words, 0, count, cpu);
        }
      }
      devicePeaks.end();
      turns++;
    } while (!script.isOver);
    for (let slot = 0; slot < SLOTS; slot++) {
      assertSlot(devicePeaks, decoded, slot, nowMs, !isStamped && turns === 1);
    }
    return turns;
  },
};

/** @param isWhole all came at once */
function assertSlot(
  devicePeaks: DevicePeaks,
  { packets, bytes }: ReturnType<typeof createDecoded>,
  slot: number,
  nowMs: number,
  isWhole: boolean,
): void {
  if ((bytes[slot] ?? 0) >= EXACT) {
    return;
  }
  const found = devicePeaks.snapshot(slot, nowMs);
  assert.deepEqual(devicePeaks.snapshot(slot, nowMs), found);
  for (const window of PEAK_WINDOWS) {
    const peak = found[window];
    const isPart = peak.packets >= 0 && peak.packets <= (packets[slot] ?? 0);
    assert.ok(isPart && peak.bytes >= 0 && peak.bytes <= (bytes[slot] ?? 0), window);
    if (isWhole) {
      assert.deepEqual(peak, { packets: packets[slot], bytes: bytes[slot] });
    }
  }
}
