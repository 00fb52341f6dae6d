// SPDX-License-Identifier: Apache-2.0
// Records by protocol and destination port: as a rule few, so their sums are counted rather than each of them.
import { RECORD } from '../../kernel/layout.ts';
import type { TakeRecords } from '../record.ts';
import { createCombiner } from './combiner.ts';
import { createKeyCounter, type KeyCounterParts } from './key-counter.ts';

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

/** By protocol, 1 for those with ports. */
const HAS_PORTS = new Uint8Array(256);
HAS_PORTS[TCP] = 1;
HAS_PORTS[UDP] = 1;
HAS_PORTS[SCTP] = 1;

const NAMES: Readonly<Record<number, string>> = { [TCP]: 'tcp', [UDP]: 'udp', [SCTP]: 'sctp' };

/** Packets without a port, and those to port 0, which nobody listens on, are in no key. */
export function createPortIntake(parts: KeyCounterParts): TakeRecords {
  const { add, flush } = createCombiner(createKeyCounter(parts));

  return (words, first, count) => {
    const end = first + count * RECORD_WORDS;
    for (let at = first; at < end; at += RECORD_WORDS) {
      const kind = words[at + KIND] as number;
      const port = (words[at + PORTS] as number) >>> 16;
      const hasPorts = HAS_PORTS[(kind >>> 16) & 0xff] as number;
      // In one: which protocol comes next cannot be foreseen, and a wrong guess takes as long as all the rest.
      if (port * ((kind >>> FAMILY_SHIFT) & 3) * hasPorts !== 0) {
        const key = (kind & PROTOCOL_BITS) | port;
        const weight = words[at + WEIGHT] as number;
        const byteCount = weight * (words[at + LENGTH] as number);
        add(kind & SLOT_BITS, 0, key, 0, 0, 0, weight, byteCount);
      }
    }
    flush();
  };
}

/** "udp/53": the port lies there as it does in packets, the higher byte first. */
export function formatPort(bytes: Uint8Array): string {
  const [high = 0, low = 0, protocol = 0] = bytes;
  return `${NAMES[protocol] ?? protocol}/${256 * high + low}`;
}
