// SPDX-License-Identifier: Apache-2.0
// The maps that the programs of all devices share: made once, by the same object, loaded without its program.
import { AbiMismatchError } from '../errors.ts';
import { ACTION_COUNT, MAX_DEVICES, PACKET_SIZES, type StructLayout, TRAFFIC } from './abi.ts';
import { BpfObject } from './object.ts';
import { PerCpuMap } from './per-cpu-map.ts';

const SHARED = [
  { name: 'xdp_traffic', value: TRAFFIC, entries: MAX_DEVICES * ACTION_COUNT },
  { name: 'xdp_packet_sizes', value: PACKET_SIZES, entries: MAX_DEVICES },
] as const satisfies readonly { name: string; value: StructLayout; entries: number }[];

export class SharedMaps {
  readonly traffic: PerCpuMap;
  readonly packetSizes: PerCpuMap;
  readonly #object: BpfObject;

  /** Needs CAP_BPF. @param possibleCpus how many CPUs could exist, not how many are online */
  constructor(objectPath: string, programName: string, possibleCpus: number) {
    this.#object = new BpfObject(objectPath);
    try {
      for (const { name, value, entries } of SHARED) {
        const map = this.#object.map(name);
        checkShape(`size of a value in map ${name}`, value.sizeBytes, map.valueSizeBytes);
        checkShape(`entries of map ${name}`, entries, map.maxEntries);
      }
      this.#object.program(programName).skip();
      this.#object.load(programName);
      const [traffic, packetSizes] = SHARED.map(
        ({ name, value }) =>
          new PerCpuMap(this.#object.map(name).fd, value.sizeBytes, possibleCpus),
      );
      this.traffic = traffic as PerCpuMap;
      this.packetSizes = packetSizes as PerCpuMap;
    } catch (error) {
      this.#object.close();
      throw error;
    }
  }

  /** Before `object` is loaded: have it use these maps. */
  shareWith(object: BpfObject): void {
    for (const { name } of SHARED) {
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
