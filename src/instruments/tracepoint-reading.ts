// SPDX-License-Identifier: Apache-2.0
// From the maps of the tracepoint programs to what is told of them.
import type { PerCpuEntries, PerCpuHashReader } from '../kernel/per-cpu-hash.ts';
import type { PerCpuReader } from '../kernel/per-cpu-map.ts';
import { sumOverCpus, sumsOverCpus } from '../kernel/per-cpu-values.ts';
import {
  TRACEPOINT_COUNTERS,
  TRACEPOINT_FRAMES,
  TRACEPOINT_PATH,
} from '../kernel/tracepoint-layout.ts';
import { MISSABLE, NO_PLACE } from '../kernel/tracepoint-maps.ts';
import type {
  CpumapPath,
  DevmapPath,
  TracepointDevice,
  TracepointState,
  TracepointsPart,
} from '../snapshot/tracepoints.ts';
import type { TracepointPlaces } from './tracepoint-places.ts';

const EXCEPTIONS = TRACEPOINT_COUNTERS.offsets.exceptions / 8;
const ERRORS = TRACEPOINT_COUNTERS.offsets.errors / 8;
const PASSED = TRACEPOINT_FRAMES.offsets.passed / 8;
const DROPPED = TRACEPOINT_FRAMES.offsets.dropped / 8;
const FROM = TRACEPOINT_PATH.offsets.from / 4;
const TO = TRACEPOINT_PATH.offsets.to / 4;

/** What the programs count in; see TracepointMaps of src/kernel/tracepoint-maps.ts. */
export interface TracepointCounts {
  readonly counters: PerCpuReader;
  readonly devmap: PerCpuHashReader;
  readonly cpumap: PerCpuHashReader;
  readonly missed: PerCpuReader;
}

/** @param states with the events that the kernel did not hand on */
export function readTracepoints(
  maps: TracepointCounts,
  places: TracepointPlaces,
  states: readonly TracepointState[],
): TracepointsPart {
  const isHeard = (tracepoint: string) =>
    states.some(({ name, reason }) => name === tracepoint && reason === undefined);
  const missed = maps.missed.read(MISSABLE.length);
  const missedOf = ({ name }: TracepointState) => {
    const key = MISSABLE.indexOf(name);
    return key < 0 ? 0 : sumOverCpus(missed, key * missed.wordsPerKey);
  };
  return {
    tracepoints: states.map((state) => ({ ...state, missed: state.missed + missedOf(state) })),
    devices: readDevices(maps, places, isHeard),
    devmap: readDevmap(maps, places),
    cpumap: readCpumap(maps),
  };
}

function readDevices(
  maps: TracepointCounts,
  places: TracepointPlaces,
  isHeard: (tracepoint: string) => boolean,
): TracepointDevice[] {
  const { exceptions, errors } = TRACEPOINT_COUNTERS.lengths;
  const values = maps.counters.read(places.used);
  return places.devices().map(({ netns, name, startedAtMs, place }) => {
    const start = place * values.wordsPerKey;
    return {
      name,
      ...(netns === undefined ? {} : { netns }),
      startedAtMs,
      ...(isHeard('xdp_exception')
        ? { exceptions: sumsOverCpus(values, start + EXCEPTIONS, exceptions) }
        : {}),
      ...(isHeard('xdp_redirect_err')
        ? { redirectErrors: sumsOverCpus(values, start + ERRORS, errors) }
        : {}),
    };
  });
}

function readDevmap(maps: TracepointCounts, places: TracepointPlaces): DevmapPath[] {
  const indexes = new Map<number, number | undefined>([[NO_PLACE, undefined]]);
  for (const [index, { place }] of places.devices().entries()) {
    indexes.set(place, index);
  }
  return framesOf(maps.devmap.read())
    .filter(({ from, to }) => indexes.has(from) && indexes.has(to))
    .map(({ from, to, passed, dropped }) => ({
      from: indexes.get(from),
      to: indexes.get(to),
      sent: passed,
      dropped,
    }));
}

function readCpumap(maps: TracepointCounts): CpumapPath[] {
  return framesOf(maps.cpumap.read()).map(({ from, to, passed, dropped }) => ({
    map: from,
    cpu: to,
    enqueued: passed,
    dropped,
  }));
}

interface Frames {
  readonly from: number;
  readonly to: number;
  readonly passed: number;
  readonly dropped: number;
}

function framesOf({ count, keys, values }: PerCpuEntries): Frames[] {
  const wordsPerKey = TRACEPOINT_PATH.sizeBytes / 4;
  return Array.from({ length: count }, (_, index) => {
    const start = index * values.wordsPerKey;
    return {
      from: keys[index * wordsPerKey + FROM] as number,
      to: keys[index * wordsPerKey + TO] as number,
      passed: sumOverCpus(values, start + PASSED),
      dropped: sumOverCpus(values, start + DROPPED),
    };
  });
}
