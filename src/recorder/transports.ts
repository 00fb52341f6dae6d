// SPDX-License-Identifier: Apache-2.0
// The two ways from the kernel: rings that both sides map, and perf rings.
import { openPerfEventRings, type PerfEventRing } from '../kernel/perf-event-ring.ts';
import {
  enterRings,
  type RingMap,
  type RingStore,
  transientRings,
  waitForPrograms,
} from '../kernel/ring-map.ts';
import type { SharedMaps } from '../kernel/shared-maps.ts';
import { MappedRing } from './mapped-ring.ts';
import { PerfRecordRing } from './perf-record-ring.ts';
import type { Opening, OpenRing, Transport } from './ring.ts';

/**
 * Rings of `maps.ringRecords` records. Needs no right beyond CAP_BPF, and no memory that may be locked.
 * @param store gives such rings
 */
export function mappedTransport(
  maps: Pick<SharedMaps, 'ringsFd' | 'ringRecords' | 'slots'>,
  store: RingStore = transientRings(maps.ringRecords),
): Transport {
  return {
    waiting: store.cpus,
    open(cpus) {
      const created = cpus.map((cpu) => attempt(() => store.take(cpu)));
      const failures = enterRings(
        maps.ringsFd,
        created.flatMap(({ value }) => value ?? []),
      );
      return created.map(({ value, error }): Opening => {
        if (value === undefined) {
          return { error };
        }
        const failure = failures.get(value);
        if (failure !== undefined) {
          value.close();
          return { error: failure };
        }
        return { opened: openMapped(value, maps, store) };
      });
    },
  };
}

function openMapped(
  map: RingMap,
  { ringsFd, slots }: Pick<SharedMaps, 'ringsFd' | 'slots'>,
  store: RingStore,
): OpenRing {
  const ring = new MappedRing(map.cpu, map.memory, slots);
  let isWithdrawn = false;
  return {
    ring,
    withdraw() {
      map.withdraw(ringsFd);
      isWithdrawn = true;
    },
    close() {
      ring.detach();
      map.close();
      if (isWithdrawn) {
        store.remove(map.cpu);
      }
    },
  };
}

/**
 * Needs CAP_PERFMON, and memory that may be locked.
 * @param sizeBytes of each ring at most: see `openPerfEventRings`
 */
export function perfTransport(
  maps: Pick<SharedMaps, 'eventsFd' | 'ringsFd' | 'ringRecords' | 'slots'>,
  sizeBytes: number,
): Transport {
  return {
    open: (cpus) =>
      openPerfEventRings(maps.eventsFd, cpus, sizeBytes).map(({ ring, error }) =>
        ring === undefined ? { error } : { opened: openPerf(ring, maps) },
      ),
  };
}

function openPerf(
  event: PerfEventRing,
  maps: Pick<SharedMaps, 'ringsFd' | 'ringRecords' | 'slots'>,
): OpenRing {
  const ring = new PerfRecordRing(event.cpu, event.memory, maps.slots, event.headerSizeBytes);
  return {
    ring,
    withdraw() {
      event.withdraw();
      waitForPrograms(maps.ringsFd, event.cpu, maps.ringRecords);
    },
    close() {
      ring.detach();
      event.close();
    },
  };
}

interface Attempt<Value> {
  readonly value?: Value;
  readonly error?: unknown;
}

function attempt<Value>(make: () => Value): Attempt<Value> {
  try {
    return { value: make() };
  } catch (error) {
    return { error };
  }
}
