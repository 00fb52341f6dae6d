// SPDX-License-Identifier: Apache-2.0
// A process of its own that maps the recorder's memory and damages it, as it is told by messages:
// node hostile-writer.js RECORDS INTERVAL-MAP-ID RING-MAP-ID...; packets come to the last ring.
import { checkResult } from '../../../src/ffi/errno.ts';
import { bindLibrary } from '../../../src/ffi/library.ts';
import { RECORD, RING } from '../../../src/kernel/layout.ts';
import { MappedArray } from '../../../src/kernel/mapped-array.ts';
import { ringValueBytes } from '../../../src/kernel/ring-map.ts';
import { type Command, type Damage, READY, type Reply } from './hostile-protocol.ts';

const { bpf_map_get_fd_by_id } = bindLibrary('test-libbpf', 'libbpf.so.1', {
  bpf_map_get_fd_by_id: { params: ['u32'], returns: 'i32' },
});

const U64 = 2n ** 64n;
/** Packets come in bursts, with some 25 ms between them. */
const SENT_WITHIN_MS = 50;

interface HostileRing {
  readonly head: BigUint64Array;
  readonly tail: BigUint64Array;
  readonly words: Uint32Array;
}

function openMap(id: number, valueBytes: number): Buffer {
  const fd = checkResult(`open map ${id}`, bpf_map_get_fd_by_id(id).value);
  return new MappedArray(fd, valueBytes, 1).entry(0);
}

function openRing(id: number): HostileRing {
  const { buffer, byteOffset, length } = openMap(id, ringValueBytes(records));
  return {
    head: new BigUint64Array(buffer, byteOffset + RING.offsets.head, 1),
    tail: new BigUint64Array(buffer, byteOffset + RING.offsets.tail, 1),
    words: new Uint32Array(buffer, byteOffset + RING.sizeBytes, (length - RING.sizeBytes) / 4),
  };
}

const [records = 0, intervalId = 0, ...ringIds] = process.argv.slice(2).map(Number);
const rings = ringIds.map(openRing);
const intervalMemory = openMap(intervalId, 4);
const interval = new Uint32Array(intervalMemory.buffer, intervalMemory.byteOffset, 1);

const random = (below: number) => Math.floor(Math.random() * below);
const random32 = () => random(2 ** 32);
const random64 = () => BigInt(random32()) * 2n ** 32n + BigInt(random32());
const anyRing = () => rings[random(rings.length)] as HostileRing;

/** Near to what is there, or anywhere. */
function changePosition(position: BigUint64Array): void {
  const found = Atomics.load(position, 0);
  const near = BigInt(random(4 * records) - 2 * records);
  const value = random(2) === 0 ? found + near : random64();
  Atomics.store(position, 0, BigInt.asUintN(64, value));
}

const WORDS = RECORD.sizeBytes / 4;

const WRITES: readonly (() => void)[] = [
  () => changePosition(anyRing().head),
  () => changePosition(anyRing().tail),
  () => Atomics.store(interval, 0, random(2) === 0 ? random(1000) : random32()),
  () => {
    const { words } = anyRing();
    words[random(words.length)] = random32();
  },
  () => {
    const { words } = anyRing();
    const start = random(words.length);
    words.subarray(start, start + random(64)).fill(random32());
  },
  // A sound record, where it does not belong.
  () => {
    const { words } = anyRing();
    const from = random(records) * WORDS;
    words.copyWithin(random(records) * WORDS, from, from + WORDS);
  },
];

const clock = new Int32Array(new SharedArrayBuffer(4));

/** Bursts of writes of one kind or of all kinds, and pauses of up to some ms, in which the memory is read. */
function writeFreely(ms: number): number {
  const endMs = performance.now() + ms;
  let writes = 0;
  while (performance.now() < endMs) {
    const only = random(2) === 0 ? random(WRITES.length) : undefined;
    for (let left = random(1000); left > 0; left--) {
      WRITES[only ?? random(WRITES.length)]?.();
      writes++;
    }
    Atomics.wait(clock, 0, 0, random(8));
  }
  return writes;
}

function within(ms: number, isSo: () => boolean): boolean {
  const endMs = performance.now() + ms;
  while (!isSo()) {
    if (performance.now() > endMs) {
      return false;
    }
  }
  return true;
}

/**
 * A program that has begun would store the head that it knew. So this waits until the ring in use is full, when
 * programs store nothing there any more.
 */
function damageHead(): boolean {
  const ring = anyRing();
  const { head, tail } = ring;
  const isFull = () => Atomics.load(head, 0) - Atomics.load(tail, 0) === BigInt(records - 1);
  if (ring === rings.at(-1) && !within(SENT_WITHIN_MS, isFull)) {
    return false;
  }
  const distance = BigInt(records) + (random64() % (U64 - 2n * BigInt(records)));
  Atomics.store(head, 0, BigInt.asUintN(64, Atomics.load(tail, 0) + distance));
  return true;
}

function damageTail(): boolean {
  const { tail } = anyRing();
  Atomics.add(tail, 0, 1n + (random64() % (U64 - 1n)));
  return true;
}

/** Only what was sent and not read yet can be found. */
function damageRecord(): boolean {
  const { head, tail, words } = rings.at(-1) as HostileRing;
  const first = Atomics.load(tail, 0);
  const unread = () => Number(Atomics.load(head, 0) - first);
  if (!within(SENT_WITHIN_MS, () => unread() > 0)) {
    return false;
  }
  const position = first + BigInt(random(unread()));
  const record = Number(position % BigInt(records)) * WORDS;
  words[record + RECORD.offsets.weight / 4] = 0;
  return true;
}

const DAMAGES: Readonly<Record<Damage, () => boolean>> = {
  head: damageHead,
  tail: damageTail,
  record: damageRecord,
  interval() {
    Atomics.store(interval, 0, 2 + random(2 ** 32 - 2));
    return true;
  },
};

const send = (message: Reply | typeof READY) => process.send?.(message);
process.on('message', (command: Command) => {
  send(
    'freeMs' in command
      ? { writes: writeFreely(command.freeMs) }
      : { done: command.round.filter((damage) => DAMAGES[damage]()) },
  );
});
send(READY);
