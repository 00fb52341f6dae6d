// SPDX-License-Identifier: Apache-2.0
// Records by protocol and destination port, which are a key of one word, as an IPv4 address is.
import { RECORD } from '../../kernel/layout.ts';
import type { TakeRecords } from '../record.ts';
import { countNewcomer, credit } from './key-credit.ts';
import { mix } from './key-hash.ts';
import { findIpv4, firstOfSet } from './key-set.ts';
import { add, type KeyParts } from './key-table.ts';
import { tagOf } from './key-tag.ts';

// Not imported from record.ts: V8 takes constants of the own module as such, and loads others each time.
const RECORD_WORDS = RECORD.sizeBytes / 4;
const PORTS = RECORD.offsets.source_port / 4;
const LENGTH = RECORD.offsets.length / 4;
const WEIGHT = RECORD.offsets.weight / 4;
/** The word of slot, protocol and class. */
const KIND = RECORD.offsets.slot / 4;
const SLOT_BITS = 0xffff;
const PROTOCOL_BITS = 0xff << 16;
/** Of the family, which is 0 for what is not IP. */
const FAMILY_SHIFT = 27;
const TCP = 6;
const UDP = 17;
const SCTP = 132;
/** Where ports are summed up: a power of two, and as many as records come at a time. */
const PLACES = 256;
/** No port is this one. */
const FREE = 0;

/** By protocol, 1 for those with ports. */
const HAS_PORTS = new Uint8Array(256);
HAS_PORTS[TCP] = 1;
HAS_PORTS[UDP] = 1;
HAS_PORTS[SCTP] = 1;

const NAMES: Readonly<Record<number, string>> = { [TCP]: 'tcp', [UDP]: 'udp', [SCTP]: 'sctp' };

/**
 * Packets without a port, and those to port 0, which nobody listens on, are in no key. Most packets of a moment go to few
 * ports, so each port is summed up first and looked for once; ports that meet in a place are looked for packet by packet.
 */
export function createPortIntake({ table, seed }: KeyParts): TakeRecords {
  const { tags, keys, scores, totals } = table;
  const [start, multiplier1, multiplier2] = seed;
  const ports = new Int32Array(PLACES);
  const slots = new Int32Array(PLACES);
  /** Packets and bytes. */
  const sums = new Float64Array(2 * PLACES);
  const taken = new Int32Array(PLACES);

  function countPort(slot: number, port: number, packets: number, bytes: number): void {
    const hash = mix(start ^ Math.imul(slot << 1, multiplier1) ^ port, multiplier1, multiplier2);
    const set = firstOfSet(tags.length, hash);
    const tag = tagOf(hash, slot, 0);
    const entry = findIpv4(tags, keys, set, tag, port);
    if (entry < 0) {
      countNewcomer(table, set, tag, port, 0, 0, 0, packets);
    } else {
      credit(tags, scores, totals, entry, packets * table.gain, packets, bytes);
    }
  }

  function isAt(place: number, slot: number, port: number): boolean {
    return ports[place] === port && slots[place] === slot;
  }

  function flush(used: number): void {
    for (let index = 0; index < used; index++) {
      const place = taken[index] as number;
      const [slot, port] = [slots[place] as number, ports[place] as number];
      countPort(slot, port, sums[2 * place] as number, sums[2 * place + 1] as number);
      ports[place] = FREE;
    }
  }

  return (words, first, count) => {
    const end = first + count * RECORD_WORDS;
    let used = 0;
    for (let at = first; at < end; at += RECORD_WORDS) {
      const kind = words[at + KIND] as number;
      const number = (words[at + PORTS] as number) >>> 16;
      // In one: which protocol comes next cannot be foreseen, and a wrong guess takes as long as all the rest.
      if (
        number * ((kind >>> FAMILY_SHIFT) & 3) * (HAS_PORTS[(kind >>> 16) & 0xff] as number) ===
        0
      ) {
        continue;
      }
      const packets = words[at + WEIGHT] as number;
      const bytes = packets * (words[at + LENGTH] as number);
      const slot = kind & SLOT_BITS;
      const port = (kind & PROTOCOL_BITS) | number;
      const place = (port ^ (port >>> 8) ^ slot) & (PLACES - 1);
      if (isAt(place, slot, port)) {
        add(sums, 2 * place, packets);
        add(sums, 2 * place + 1, bytes);
      } else if (ports[place] === FREE) {
        ports[place] = port;
        slots[place] = slot;
        sums[2 * place] = packets;
        sums[2 * place + 1] = bytes;
        taken[used++] = place;
      } else {
        countPort(slot, port, packets, bytes);
      }
    }
    flush(used);
  };
}

/** "udp/53": the port lies there as it does in packets, the higher byte first. */
export function formatPort(bytes: Uint8Array): string {
  const [high = 0, low = 0, protocol = 0] = bytes;
  return `${NAMES[protocol] ?? protocol}/${256 * high + low}`;
}
