// SPDX-License-Identifier: Apache-2.0
// How the wires of one exporter are kept from its rights: as planned, as far as it turns out to work, and as warned of.
import type { Isolation } from '../catalogue/process-families.ts';
import type { Log } from '../log.ts';
import { heldSets, type IsolationPlan } from './isolation.ts';

export class WireIsolation {
  readonly #log: Log;
  #now: Isolation;
  #hasDropped = false;

  constructor({ isolation }: IsolationPlan, log: Log) {
    this.#now = isolation;
    this.#log = log;
  }

  /** Of the wire that runs, or of the next one where there is none. */
  get now(): Isolation {
    return this.#now;
  }

  /** The engine has given up its own rights. */
  get hasDropped(): boolean {
    return this.#hasDropped;
  }

  /** The engine has become another user, without rights, for good: so the wires to come have nothing to inherit. */
  dropped(): void {
    this.#hasDropped = true;
  }

  /** Before a wire takes the place of another. */
  replace(): void {
    if (this.#hasDropped) {
      this.#now = 'ambient';
    }
  }

  /** Another user cannot run it. */
  giveUp(): void {
    this.#now = 'none';
  }

  /** What was planned may not be what is: a Node that has capabilities of its own, as a file, brings them along. */
  check(pid: number): void {
    const held = heldSets(pid) ?? [];
    if (held.length > 0 && this.#now !== 'none') {
      this.#now = 'none';
      this.warn(`it has ${held.join(', ')}`);
    }
  }

  warn(reason: string): void {
    this.#log.warn('the process that serves the network keeps the privileges of this user', {
      reason,
    });
  }
}
