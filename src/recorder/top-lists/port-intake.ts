// SPDX-License-Identifier: Apache-2.0
// Records by protocol and destination port, counted as if both were an IPv4 address.
import { RECORD } from '../../kernel/layout.ts';
import type { TakeRecords } from '../record.ts';
import { createAddressIntake, type IntakeParts } from './address-intake.ts';

// Not imported from record.ts: V8 takes constants of the own module as such, and loads others each time.
const RECORD_WORDS = RECORD.sizeBytes / 4;
const PORTS = RECORD.offsets.source_port / 4;
const LENGTH = RECORD.offsets.length / 4;
const WEIGHT = RECORD.offsets.weight / 4;
/** The word of slot, protocol and class. */
const KIND = RECORD.offsets.slot / 4;
const SLOT_BITS = 0xffff;
const PROTOCOL_BITS = 0xff << 16;
const IPV4_BIT = 1 << 27;
const IP_BITS = 3 << 27;
const TCP = 6;
const UDP = 17;
const SCTP = 132;
/** Those that come to `take` at a time: 16 KiB. */
const MAX_RECORDS = 256;

const NAMES: Readonly<Record<number, string>> = { [TCP]: 'tcp', [UDP]: 'udp', [SCTP]: 'sctp' };

/** All of an address is the key. */
const WHOLE = { prefixV4: 32, prefixV6: 128 };

/** Packets without a port, and those to port 0, which nobody listens on, are in no key. */
export function createPortIntake(parts: IntakeParts): TakeRecords {
  const take = createAddressIntake({ ...parts, word: 0, prefixes: WHOLE });
  const keyed = new Uint32Array(MAX_RECORDS * RECORD_WORDS);

  function copy(words: Uint32Array, first: number, count: number): void {
    const end = first + count * RECORD_WORDS;
    let to = 0;
    for (let at = first; at < end; at += RECORD_WORDS) {
      const kind = words[at + KIND] as number;
      const port = (words[at + PORTS] as number) >>> 16;
      const hasPort = port !== 0 && (kind & IP_BITS) !== 0 && mayHavePort(kind);
      keyed[to] = (kind & PROTOCOL_BITS) | port;
      keyed[to + LENGTH] = words[at + LENGTH] as number;
      keyed[to + WEIGHT] = words[at + WEIGHT] as number;
      keyed[to + KIND] = (kind & SLOT_BITS) | (hasPort ? IPV4_BIT : 0);
      to += RECORD_WORDS;
    }
  }

  return (words, first, count, cpu) => {
    for (let done = 0; done < count; done += MAX_RECORDS) {
      const some = Math.min(MAX_RECORDS, count - done);
      copy(words, first + done * RECORD_WORDS, some);
      take(keyed, 0, some, cpu);
    }
  };
}

function mayHavePort(kind: number): boolean {
  const protocol = (kind >>> 16) & 0xff;
  return protocol === TCP || protocol === UDP || protocol === SCTP;
}

/** "udp/53": the port lies there as it does in packets, the higher byte first. */
export function formatPort(bytes: Uint8Array): string {
  const [high = 0, low = 0, protocol = 0] = bytes;
  return `${NAMES[protocol] ?? protocol}/${256 * high + low}`;
}
