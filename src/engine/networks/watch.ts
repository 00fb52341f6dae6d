// SPDX-License-Identifier: Apache-2.0
// Looks whether the file of networks has changed, and has what it says then replace what was in force.
import { stat } from 'node:fs/promises';
import { causeOf, stampOf } from '../../bounded-file.ts';
import { errorMessage } from '../../errors.ts';
import type { Log } from '../../log.ts';
import type { NetworkTables } from '../../recorder/networks/networks.ts';
import { loadNetworks } from './load.ts';
import type { LoadedNetworks } from './read-networks.ts';

interface WatchOptions {
  readonly log: Log;
  /** From now on packets are counted by these. */
  readonly apply: (tables: NetworkTables) => void;
  /** A test has its own. */
  readonly load?: typeof loadNetworks;
}

/**
 * By what the path leads to, which also tells of a symbolic link that now leads elsewhere, as in a volume of
 * Kubernetes. A file that is wrong or gone changes nothing. No method throws.
 */
export class NetworksWatch {
  readonly #path: string;
  readonly #options: WatchOptions;
  /** Of the file that was read last, also in vain. */
  #readStamp: string;
  /** Of the last look: a file that is still being written has another one at the next. */
  #seenStamp: string | undefined;
  #missing: string | undefined;
  /** Whether the last attempt to read it went well. */
  #isGood = true;
  #isBusy = false;
  #isAsked = false;

  constructor({ path, stamp }: Pick<LoadedNetworks, 'path' | 'stamp'>, options: WatchOptions) {
    this.#path = path;
    this.#readStamp = stamp;
    this.#options = options;
  }

  /** What the file says now is what `apply` was given last. */
  get isInForce(): boolean {
    return this.#isGood && this.#missing === undefined;
  }

  /** To be called about every second: a file is read when two looks in a row have found the same new one. */
  async look(): Promise<void> {
    if (this.#isBusy) {
      return;
    }
    this.#isBusy = true;
    const stamp = await this.#stamp();
    const isNew = stamp !== undefined && stamp !== this.#readStamp && stamp === this.#seenStamp;
    this.#seenStamp = stamp;
    if (isNew || this.#isAsked) {
      await this.#read(stamp);
    }
    this.#isBusy = false;
  }

  /** Reads it whether or not it has changed: at once, or after what is under way. */
  async reread(): Promise<void> {
    this.#isAsked = true;
    await this.look();
  }

  async #stamp(): Promise<string | undefined> {
    try {
      const stamp = stampOf(await stat(this.#path, { bigint: true }));
      this.#missing = undefined;
      return stamp;
    } catch (error) {
      const cause = causeOf(error);
      if (cause !== this.#missing) {
        this.#missing = cause;
        this.#keep(`look at file of networks "${this.#path}": ${cause}`);
      }
      return undefined;
    }
  }

  async #read(stamp: string | undefined): Promise<void> {
    this.#isAsked = false;
    const { load = loadNetworks, apply, log } = this.#options;
    try {
      const loaded = await load(this.#path);
      this.#readStamp = loaded.stamp;
      this.#isGood = true;
      apply(loaded.tables);
      const { names } = loaded.tables;
      log.info('reloaded networks', { names: names.length, prefixes: loaded.prefixes });
    } catch (error) {
      this.#readStamp = stamp ?? this.#readStamp;
      this.#isGood = false;
      this.#keep(errorMessage(error));
    }
  }

  #keep(problem: string): void {
    this.#options.log.warn(`${problem}; the previous networks stay in force`);
  }
}
