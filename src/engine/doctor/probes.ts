// SPDX-License-Identifier: Apache-2.0
// The features tried on this kernel: maps are made and programs loaded, nothing is attached to anything of others.
import { loadVariant, type ProgramOptions } from '../../kernel/device-program.ts';
import type { BpfObject } from '../../kernel/object.ts';
import { Observer } from '../../kernel/observer.ts';
import { enterRings, RingMap } from '../../kernel/ring-map.ts';
import { SharedMaps } from '../../kernel/shared-maps.ts';
import { TRACEPOINTS, TracepointMaps } from '../../kernel/tracepoint-maps.ts';
import { tryTracepoint } from '../../kernel/tracepoint-program.ts';
import { hasXdpLinks } from '../../kernel/xdp-link.ts';
import {
  CAST_OBJECT_PATH,
  OBJECT_PATH,
  OBSERVER_PATHS,
  PROGRAM_NAME,
  readPossibleCpus,
  TRACEPOINTS_PATH,
} from '../kernel.ts';
import type { Probes } from './features.ts';

/** As small as they can be. */
const RING_RECORDS = 64;
const PATHS = 1;

const COUNTING = { packetSizes: true, transport: 'mapped', recordTimes: false } as const;
const LINK = 'ethernet';

const PROGRAM: ProgramOptions = {
  ...COUNTING,
  objectPath: OBJECT_PATH,
  programName: PROGRAM_NAME,
  slot: 0,
  link: LINK,
  multiBuffer: false,
};
const PLAIN = { path: OBJECT_PATH, source: 'linear' } as const;

/** Each makes what it needs and closes it again. */
export const KERNEL_PROBES: Probes = {
  rings: () =>
    withMaps((maps) => {
      const ring = new RingMap(0, RING_RECORDS);
      try {
        const failure = enterRings(maps.ringsFd, [ring]).get(ring);
        if (failure !== undefined) {
          throw failure;
        }
        ring.withdraw(maps.ringsFd);
        return whole('memory shared between programs and this process');
      } finally {
        ring.close();
      }
    }),
  program: () => withProgram(() => whole('loaded and closed')),
  link: () =>
    withProgram((object) =>
      hasXdpLinks(object.program(PROGRAM_NAME).fd)
        ? whole('the kernel supports XDP links')
        : { found: 'the kernel does not support XDP links', isWhole: false },
    ),
  frags: () =>
    withMaps((maps) => {
      const load = (variant: Parameters<typeof loadVariant>[2]) =>
        loadVariant(maps, PROGRAM, variant).close();
      if (failureOf(() => load({ path: CAST_OBJECT_PATH, source: 'cast' })) === undefined) {
        return whole('multi-buffer frames, without extra cost per packet');
      }
      load({ path: OBJECT_PATH, source: 'helper' });
      return {
        found: 'multi-buffer frames, at about 9 ns per packet if the MTU is above 1500',
        isWhole: false,
      };
    }),
  batch: () =>
    withMaps(({ devices }) => {
      devices.read(1);
      return devices.isBatched
        ? whole('the counters of all devices in one call')
        : { found: 'one call per device', isWhole: false };
    }),
  observe: () =>
    withProgram((object, maps) => {
      const options = {
        ...COUNTING,
        link: LINK,
        objectPaths: OBSERVER_PATHS,
      } as const;
      new Observer(maps, options, object.program(PROGRAM_NAME).fd).close();
      return whole('tried on a test program that is not attached');
    }),
  tracepoints: () => {
    const sizes = { possibleCpus: readPossibleCpus().length, places: 1 };
    const maps = new TracepointMaps(TRACEPOINTS_PATH, {
      ...sizes,
      devmapPaths: PATHS,
      cpumapPaths: PATHS,
    });
    try {
      const errors = TRACEPOINTS.map((name) =>
        failureOf(() => tryTracepoint(maps, TRACEPOINTS_PATH, name)),
      );
      const found = TRACEPOINTS.filter((_, index) => errors[index] === undefined);
      if (found.length === 0) {
        throw errors[0];
      }
      return { found: found.join(', '), isWhole: found.length === TRACEPOINTS.length };
    } finally {
      maps.close();
    }
  },
};

function whole(found: string) {
  return { found, isWhole: true };
}

function withMaps<Result>(use: (maps: SharedMaps) => Result): Result {
  const maps = new SharedMaps(OBJECT_PATH, PROGRAM_NAME, {
    possibleCpus: readPossibleCpus(),
    slots: 1,
    ringRecords: RING_RECORDS,
  });
  try {
    return use(maps);
  } finally {
    maps.close();
  }
}

function withProgram<Result>(use: (object: BpfObject, maps: SharedMaps) => Result): Result {
  return withMaps((maps) => {
    const object = loadVariant(maps, PROGRAM, PLAIN);
    try {
      return use(object, maps);
    } finally {
      object.close();
    }
  });
}

/** What it throws, if anything. */
function failureOf(work: () => void): unknown {
  try {
    work();
    return undefined;
  } catch (error) {
    return error;
  }
}
