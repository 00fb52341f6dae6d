// SPDX-License-Identifier: Apache-2.0
// The maps that the programs of all devices share: made once, by the same object, loaded without its program.
import { AbiMismatchError } from '../errors.ts';
import {
  ACTION_COUNT,
  LOGGER,
  MAX_DEVICES,
  PACKET_SIZES,
  type StructLayout,
  TRAFFIC,
} from './abi.ts';
import { BpfObject } from './object.ts';
import { PerCpuMap } from './per-cpu-map.ts';

const MAPS = {
  traffic: { name: 'xdp_traffic', value: TRAFFIC, entries: MAX_DEVICES * ACTION_COUNT },
  packetSizes: { name: 'xdp_packet_sizes', value: PACKET_SIZES, entries: MAX_DEVICES },
  logger: { name: 'xdp_logger', value: LOGGER, entries: MAX_DEVICES },
} as const satisfies Record<string, { name: string; value: StructLayout; entries: number }>;

/** Entry by CPU id: what that CPU has not sent yet. */
const BATCHES_MAP = 'xdp_batches';
/** Entry by CPU id: the perf ring that it sends to. */
const EVENTS_MAP = 'xdp_events';

export class SharedMaps {
  readonly traffic: PerCpuMap;
  readonly packetSizes: PerCpuMap;
  readonly logger: PerCpuMap;
  /** A BPF_F_MMAPABLE array of struct xdp_batches, one for each CPU id there could be. */
  readonly batchesFd: number;
  readonly eventsFd: number;
  readonly #object: BpfObject;

  /** Needs CAP_BPF. @param possibleCpus ids of the CPUs that could exist, not only of those online */
  constructor(objectPath: string, programName: string, possibleCpus: readonly number[]) {
    this.#object = new BpfObject(objectPath);
    try {
      for (const { name, value, entries } of Object.values(MAPS)) {
        const map = this.#object.map(name);
        checkShape(`size of a value in map ${name}`, value.sizeBytes, map.valueSizeBytes);
        checkShape(`entries of map ${name}`, entries, map.maxEntries);
      }
      this.#object.map(BATCHES_MAP).setMaxEntries(Math.max(...possibleCpus) + 1);
      this.#object.program(programName).skip();
      this.#object.load(programName);
      const perCpuMap = ({ name, value }: (typeof MAPS)[keyof typeof MAPS]) =>
        new PerCpuMap(this.#object.map(name).fd, value.sizeBytes, possibleCpus.length);
      this.traffic = perCpuMap(MAPS.traffic);
      this.packetSizes = perCpuMap(MAPS.packetSizes);
      this.logger = perCpuMap(MAPS.logger);
      this.batchesFd = this.#object.map(BATCHES_MAP).fd;
      this.eventsFd = this.#object.map(EVENTS_MAP).fd;
    } catch (error) {
      this.#object.close();
      throw error;
    }
  }

  /** Before `object` is loaded: have it use these maps. */
  shareWith(object: BpfObject): void {
    const names = Object.values(MAPS).map(({ name }) => name);
    for (const name of [...names, BATCHES_MAP, EVENTS_MAP]) {
      object.map(name).reuse(this.#object.map(name).fd);
    }
  }

  close(): void {
    this.#object.close();
  }
}

function checkShape(subject: string, expected: number, actual: number): void {
  if (actual !== expected) {
    throw new AbiMismatchError(subject, expected, actual);
  }
}
