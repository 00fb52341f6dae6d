// SPDX-License-Identifier: Apache-2.0
// Frames that are sent on a machine, and how many of them the service there counts.
import assert from 'node:assert/strict';
import { startGenerator } from '../../../src/demo/generator-process.ts';
import type { Samples } from '../../e2e/support/exposition.ts';
import { atRest, outcomesOf } from '../../e2e/support/outcomes.ts';
import type { Machine } from './machine.ts';

export const FRAMES = 100_000;
/** What a ring holds for a while where the machine is busy. */
const RATE = 50_000;

/** Sends frames, and checks that as many more are counted, and that the logger reads each of them. */
export async function sendCounted(
  { netns }: Machine,
  device: string,
  scrape: () => Promise<Samples>,
): Promise<void> {
  const before = outcomesOf(await scrape());
  const { sent } = await startGenerator({ netns, device, frames: FRAMES, rate: RATE }).done;
  assert.equal(sent, FRAMES);
  const outcomes = await atRest({ scrape }, before.counted + FRAMES);
  assert.equal(outcomes.decoded, before.decoded + FRAMES, JSON.stringify(outcomes));
}
