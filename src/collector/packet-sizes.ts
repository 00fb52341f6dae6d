// SPDX-License-Identifier: Apache-2.0
// The packet size map (a histogram by device slot and CPU) to one PacketSizes a device.
import { PACKET_SIZES, SIZE_SLOTS } from '../kernel/abi.ts';
import type { PerCpuReader } from '../kernel/per-cpu-map.ts';
import type { PacketSizes } from '../snapshot/snapshot.ts';
import { sumOverCpus, sumsOverCpus } from './traffic.ts';

const BYTES = PACKET_SIZES.offsets.bytes / 8;

/** Reads slots 0..slots-1, summed over every possible CPU. */
export function readPacketSizes(map: PerCpuReader, slots: number): readonly PacketSizes[] {
  const values = map.read(slots);
  return Array.from({ length: slots }, (_, slot) => {
    const start = slot * values.wordsPerKey;
    return {
      packets: sumsOverCpus(values, start, SIZE_SLOTS),
      bytes: sumOverCpus(values, start + BYTES),
    };
  });
}
