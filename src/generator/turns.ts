// SPDX-License-Identifier: Apache-2.0
// Weights to an order of turns: exact shares in every round, and each stream's turns spread over the round.
import { ConfigError } from '../errors.ts';

/** Turns in a round, at most: the size of the table in bpf/generator.bpf.c. */
export const MAX_TURNS = 1024;

/** Indexes of `weights`, each as often as its weight says after dividing by what all have in common. */
export function orderTurns(weights: readonly number[]): number[] {
  const divisor = weights.reduce(greatestCommonDivisor);
  const shares = weights.map((weight) => weight / divisor);
  const round = shares.reduce((sum, share) => sum + share, 0);
  if (round > MAX_TURNS) {
    throw new ConfigError(
      `order the mix: its weights ${weights.join(', ')} need ${round} turns; use weights whose sum is at most ${MAX_TURNS}`,
    );
  }
  // Smooth weighted round-robin: everyone gains its share, the richest goes and pays a round.
  const credits = shares.map(() => 0);
  return Array.from({ length: round }, () => {
    shares.forEach((share, index) => {
      credits[index] = (credits[index] ?? 0) + share;
    });
    const next = credits.indexOf(Math.max(...credits));
    credits[next] = (credits[next] ?? 0) - round;
    return next;
  });
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
