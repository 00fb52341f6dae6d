// SPDX-License-Identifier: Apache-2.0
// Whether the time of an answer tells which users there are: wrong passwords of users with a dear and a cheap hash, and of nobody.
import bcrypt from 'bcryptjs';
import { checkPassword } from '../../src/passwords/check-password.ts';
import { quantile, type Result } from './result.ts';

const ROUNDS = 40;
const COST = 9;
const CHEAP_COST = 5;

/** In turn, so that what else the machine does comes to all alike. */
export function benchLogins(): readonly Result[] {
  const hashes = {
    'a user': bcrypt.hashSync('right', COST),
    'a user with a cheap hash': bcrypt.hashSync('right', CHEAP_COST),
    nobody: `$2b$0${COST}$${'.'.repeat(53)}`,
  };
  const tookMs = new Map<string, number[]>();
  for (let round = 0; round < ROUNDS; round++) {
    for (const [who, hash] of Object.entries(hashes)) {
      const startMs = performance.now();
      checkPassword({ password: `wrong ${round}`, hash, cost: COST });
      const list = tookMs.get(who) ?? [];
      list.push(performance.now() - startMs);
      tookMs.set(who, list);
    }
  }
  const medianOf = (who: string) => quantile(tookMs.get(who) ?? [], 0.5);
  const known = medianOf('a user');
  /** How far two halves of the same measurement are apart. */
  const noise = Math.abs(
    quantile((tookMs.get('a user') ?? []).slice(0, ROUNDS / 2), 0.5) -
      quantile((tookMs.get('a user') ?? []).slice(ROUNDS / 2), 0.5),
  );
  return ['nobody', 'a user with a cheap hash'].map((who) => ({
    name: `check of a wrong password of ${who} (noise ${noise.toFixed(2)} ms)`,
    unit: 'ms',
    value: medianOf(who),
    baseline: { name: 'of a user', value: known },
    relative: true,
    // Within 3 % of a check, or within the noise.
    gate: Math.max(0.03 * known, 2 * noise),
  }));
}
