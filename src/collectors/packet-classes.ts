// SPDX-License-Identifier: Apache-2.0
// From the classes by which the kernel counts packets to families and protocols, and to the flags of TCP.
import { DEVICE, PROTOCOL_CODES, TRAFFIC } from '../kernel/layout.ts';
import { type PerCpuValues, sumsOverCpus } from '../kernel/per-cpu-values.ts';
import { FAMILIES, PROTOCOLS, TCP_FLAG_SETS } from '../snapshot/packet-class.ts';
import { wordOf } from './device-values.ts';

type Quantity = keyof typeof TRAFFIC.offsets;

const CLASSES = DEVICE.lengths.protocols;
const STEP = TRAFFIC.sizeBytes / 8;
const CODES_PER_FAMILY = Object.keys(PROTOCOL_CODES).length;
const { tcp, udp, icmp, sctp, other } = PROTOCOL_CODES;
/** The codes of TCP come in the order of `TCP_FLAG_SETS`. */
const CODES = {
  tcp: TCP_FLAG_SETS.map((_, index) => tcp + index),
  udp: [udp],
  icmp: [icmp],
  sctp: [sctp],
  other: [other],
} satisfies Record<(typeof PROTOCOLS)[number], readonly number[]>;

const NOT_IP = 0;

/** The class of a protocol's code, for a family of IP. */
function classOf(family: number, code: number): number {
  return 1 + (family - 1) * CODES_PER_FAMILY + code;
}

/** The classes of each family x protocol, `[family * PROTOCOLS.length + protocol]`: what is not IP has one, as "other". */
const PROTOCOL_CLASSES: readonly (readonly number[])[] = FAMILIES.flatMap((name, family) =>
  PROTOCOLS.map((protocol) => {
    if (name === 'other') {
      return protocol === 'other' ? [NOT_IP] : [];
    }
    return CODES[protocol].map((code) => classOf(family, code));
  }),
);

/** The classes of each of `TCP_FLAG_SETS`, one of each family. */
const TCP_CLASSES = CODES.tcp.map((code) =>
  FAMILIES.flatMap((name, family) => (name === 'other' ? [] : [classOf(family, code)])),
);

/**
 * By family x protocol, over all CPUs: `[family * PROTOCOLS.length + protocol]`.
 * @param start where the device's value begins: see `deviceValues`
 */
export function countsByProtocol(
  values: PerCpuValues,
  start: number,
  quantity: Quantity,
): Float64Array {
  return fold(readClasses(values, start, quantity), PROTOCOL_CLASSES);
}

/** Packets by `TCP_FLAG_SETS`, over both families and all CPUs. */
export function packetsByTcpFlags(values: PerCpuValues, start: number): Float64Array {
  return fold(readClasses(values, start, 'packets'), TCP_CLASSES);
}

function readClasses(values: PerCpuValues, start: number, quantity: Quantity): Float64Array {
  const first = start + wordOf('protocols') + TRAFFIC.offsets[quantity] / 8;
  return sumsOverCpus(values, first, CLASSES, STEP);
}

function fold(counts: Float64Array, groups: readonly (readonly number[])[]): Float64Array {
  const sums = new Float64Array(groups.length);
  for (const [index, classes] of groups.entries()) {
    for (const each of classes) {
      sums[index] = (sums[index] as number) + (counts[each] as number);
    }
  }
  return sums;
}
