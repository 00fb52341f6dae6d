// SPDX-License-Identifier: Apache-2.0
// How often an instrument was tried on a device, and how it ended.
import type { Attempts, DownReason, ProgramRole } from '../snapshot/device.ts';
import { InstrumentError } from './instrument.ts';

/** Of whatever the opening of an instrument throws. */
export function downReasonOf(error: unknown): DownReason {
  return error instanceof InstrumentError ? error.reason : 'refused';
}

export class AttemptCounts {
  readonly #wallMs: () => number;
  readonly #counts = new Map<string, Attempts>();

  /** @param wallMs of the wall clock: when the first of a kind was made */
  constructor(wallMs: () => number) {
    this.#wallMs = wallMs;
  }

  /** By role and outcome, those that there were; none of them ever goes back. */
  all(): readonly Attempts[] {
    return [...this.#counts.values()];
  }

  /** Counts how `work` ends, where it has said what it tries. Throws what `work` throws. */
  count<Result>(work: (trying: (role: ProgramRole) => void) => Result): Result {
    let tried: ProgramRole | undefined;
    const end = (outcome: Attempts['outcome']) => {
      if (tried !== undefined) {
        this.#add(tried, outcome);
      }
    };
    try {
      const result = work((role) => {
        tried = role;
      });
      end('success');
      return result;
    } catch (error) {
      end(downReasonOf(error));
      throw error;
    }
  }

  #add(role: ProgramRole, outcome: Attempts['outcome']): void {
    const key = `${role} ${outcome}`;
    const before = this.#counts.get(key) ?? { count: 0, startedAtMs: this.#wallMs() };
    this.#counts.set(key, { ...before, role, outcome, count: before.count + 1 });
  }
}
