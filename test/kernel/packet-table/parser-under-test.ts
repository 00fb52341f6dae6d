// SPDX-License-Identifier: Apache-2.0
// The exporter's own program, loaded as for a device, fed frames; its records and counters.
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { readCpuMask } from '../../../src/kernel/cpu-mask.ts';
import { type Link, loadProgram, type Transport } from '../../../src/kernel/device-program.ts';
import { LENGTH_SOURCES, SETTINGS } from '../../../src/kernel/layout.ts';
import type { BpfObject } from '../../../src/kernel/object.ts';
import { SharedMaps } from '../../../src/kernel/shared-maps.ts';
import { type DeviceCounters, readDeviceCounters } from '../support/device-counters.ts';
import { FrameRunner } from './frame-runner.ts';
import { decodeRecord, type LoggedPacket } from './logged-packet.ts';
import { openMapped, openPerf, type RecordSource } from './record-source.ts';

const OBJECTS = {
  plain: fileURLToPath(new URL('../../../bpf/xdp_exporter.bpf.o', import.meta.url)),
  cast: fileURLToPath(new URL('../../../bpf/xdp_exporter_cast.bpf.o', import.meta.url)),
};
const PROGRAM = 'xdp_exporter';
const RING_RECORDS = 1024;

/** How many frames may run from one `takeRecords` to the next. */
export const MOST_RECORDS = RING_RECORDS - 1;

/** The slot that the program is loaded for: not 0, which a record would have anyway. */
export const SLOT = 5;

/** How the program is loaded. */
export interface Variant {
  readonly link: Link;
  readonly transport: Exclude<Transport, 'none'>;
  readonly source: keyof typeof LENGTH_SOURCES;
}

export class ParserUnderTest {
  readonly variant: Variant;
  readonly #maps: SharedMaps;
  readonly #object: BpfObject;
  readonly #records: RecordSource;
  readonly #runner: FrameRunner;

  /** @param cpu the one that the calling thread is pinned to */
  constructor(variant: Variant, cpu: number) {
    this.variant = variant;
    this.#maps = new SharedMaps(OBJECTS.plain, PROGRAM, {
      possibleCpus: readCpuMask('possible'),
      slots: SLOT + 1,
      ringRecords: RING_RECORDS,
    });
    try {
      this.#object = load(this.#maps, variant);
      try {
        const open = variant.transport === 'mapped' ? openMapped : openPerf;
        this.#records = open(this.#maps, cpu);
        this.#runner = new FrameRunner(this.#object.program(PROGRAM).fd);
      } catch (error) {
        this.#object.close();
        throw error;
      }
    } catch (error) {
      this.#maps.close();
      throw error;
    }
  }

  /** Gives the verdict. @param linearBytes see FrameRunner */
  run(frame: Buffer, linearBytes?: number): number {
    return this.#runner.run(frame, linearBytes);
  }

  /** Of all frames since the last call. */
  takeRecords(): LoggedPacket[] {
    return this.#records.take().map(decodeRecord);
  }

  /** Has one packet in so many recorded. */
  sample(interval: number): void {
    this.#maps.sampleInterval[0] = interval;
  }

  counters(): DeviceCounters {
    return readDeviceCounters(this.#maps.devices, SLOT);
  }

  close(): void {
    this.#records.close();
    this.#object.close();
    this.#maps.close();
  }
}

/** Where a kernel refuses a source loadProgram() takes the next, so that is looked at. */
function load(maps: SharedMaps, { link, transport, source }: Variant): BpfObject {
  const object = loadProgram(maps, {
    objectPath: OBJECTS.plain,
    ...(source === 'cast' ? { castObjectPath: OBJECTS.cast } : {}),
    programName: PROGRAM,
    slot: SLOT,
    link,
    transport,
    packetSizes: true,
    recordTimes: false,
    multiBuffer: source !== 'linear',
  });
  const loaded = object.map('.rodata').initialValue().readUInt32LE(SETTINGS.offsets.length_source);
  if (loaded !== LENGTH_SOURCES[source]) {
    object.close();
    assert.fail(`loaded with length source ${loaded}, not "${source}"`);
  }
  return object;
}
