// SPDX-License-Identifier: Apache-2.0
// Rings that are pinned: what programs write while no process reads is there for the next one.
import { join } from 'node:path';
import { ExporterError } from '../../errors.ts';
import { RECORD, RING } from '../layout.ts';
import { enterRings, RingMap, type RingStore } from '../ring-map.ts';
import { numbersOf, openPin, pinObject, removePin } from './pin.ts';

const PREFIX = 'cpu';

/** In the tail of a ring that is shut: programs find no room then, as in one that is full, and say so in `ring_full`. */
const SHUT = 1n << 63n;

export class PinnedRings implements RingStore {
  readonly #folder: string;
  readonly #records: number;
  /** By CPU, until the recorder takes them. */
  readonly #found = new Map<number, RingMap>();

  /** @param folder of the state @param records of each ring */
  constructor(folder: string, records: number) {
    this.#folder = folder;
    this.#records = records;
    try {
      for (const cpu of numbersOf(folder, PREFIX)) {
        this.#found.set(cpu, new RingMap(cpu, records, openPin(this.#pathOf(cpu))));
      }
    } catch (error) {
      this.close();
      throw error;
    }
  }

  get cpus(): readonly number[] {
    return [...this.#found.keys()];
  }

  take(cpu: number): RingMap {
    const found = this.#found.get(cpu);
    if (found !== undefined) {
      this.#found.delete(cpu);
      return found;
    }
    const ring = new RingMap(cpu, this.#records);
    try {
      pinObject(ring.fd, this.#pathOf(cpu));
      return ring;
    } catch (error) {
      ring.close();
      throw error;
    }
  }

  /** A process without rights to the file leaves it: the next one finds an empty ring there, and uses it. */
  remove(cpu: number): void {
    try {
      removePin(this.#pathOf(cpu));
    } catch (error) {
      if (!(error instanceof ExporterError)) {
        throw error;
      }
    }
  }

  /**
   * Has programs write nothing while `read` looks: what they count then is lost as `ring_full`. Where this is cut short, the
   * rings stay shut until another process opens them.
   * @param ringsFd of map xdp_rings; it has these rings afterwards, whatever it had
   * @param read takes how many records wait, by slot
   */
  shutWhile<Result>(
    ringsFd: number,
    slots: number,
    read: (waiting: Float64Array) => Result,
  ): Result {
    const rings = [...this.#found.values()];
    for (const ring of rings) {
      Atomics.store(tailOf(ring), 0, loadTail(ring) | SHUT);
    }
    // When this returns, no program runs that found a ring open.
    const [failure] = enterRings(ringsFd, rings).values();
    if (failure !== undefined) {
      throw failure;
    }
    const waiting = new Float64Array(slots);
    for (const ring of rings) {
      countWaiting(ring, this.#records, waiting);
    }
    const result = read(waiting);
    for (const ring of rings) {
      Atomics.store(tailOf(ring), 0, loadTail(ring) & ~SHUT);
    }
    return result;
  }

  /** Those that nobody took. */
  close(): void {
    for (const ring of this.#found.values()) {
      ring.close();
    }
    this.#found.clear();
  }

  #pathOf(cpu: number): string {
    return join(this.#folder, `${PREFIX}${cpu}`);
  }
}

function wordAt({ memory }: RingMap, offset: number): BigUint64Array {
  return new BigUint64Array(memory.buffer, memory.byteOffset + offset, 1);
}

function tailOf(ring: RingMap): BigUint64Array {
  return wordAt(ring, RING.offsets.tail);
}

function loadTail(ring: RingMap): bigint {
  return Atomics.load(tailOf(ring), 0);
}

/** A reader takes these, and none where positions make no sense: see MappedRing. */
function countWaiting(ring: RingMap, records: number, waiting: Float64Array): void {
  const { memory } = ring;
  const head = Atomics.load(wordAt(ring, RING.offsets.head), 0);
  const tail = loadTail(ring) & ~SHUT;
  const unread = Number(BigInt.asIntN(64, head - tail));
  if (unread < 0 || unread >= records) {
    return;
  }
  const first = Number(BigInt.asUintN(32, tail));
  for (let position = first; position < first + unread; position++) {
    const at = RING.offsets.records + (position & (records - 1)) * RECORD.sizeBytes;
    const slot = memory.readUInt16LE(at + RECORD.offsets.slot);
    if (slot < waiting.length) {
      waiting[slot] = (waiting[slot] ?? 0) + 1;
    }
  }
}
