// SPDX-License-Identifier: Apache-2.0
// What the generator is asked to do: one JSON object, checked in full before anything else happens.
import { ConfigError, errorMessage } from '../errors.ts';
import type { BurstPlan } from './bursts.ts';
import { Fields } from './fields.ts';
import { type MixEntry, parseStream, type Stream } from './stream.ts';

/** As the JSON has it. At least one of `frames` and `durationSeconds` must be given; the first one reached ends it. */
export interface GeneratorOptions {
  /** Name or path of the network namespace. It must be given: no frame may leave by the host's own devices. */
  readonly netns: string;
  /** Frames leave through it: one end of a veth pair. */
  readonly device: string;
  /** Exactly so many. */
  readonly frames?: number;
  readonly durationSeconds?: number;
  /** Frames per second; 0, the default, is as fast as it goes. */
  readonly rate?: number;
  /** In place of a rate: so many frames as fast as it goes, the first ones at once. */
  readonly burst?: BurstPlan;
  /** Runs on this CPU only. */
  readonly cpu?: number;
  /** The same seed draws the same sources; 0 by default. */
  readonly seed?: number;
  /** Also print a line per second while it runs. */
  readonly progress?: boolean;
  /** By default one stream of the shortest UDP frames over IPv4 from one source. */
  readonly mix?: readonly MixEntry[];
}

/** The options with every default filled in. Infinity stands for "no limit" and, as a rate, for "full speed". */
export interface GeneratorPlan {
  readonly netns: string;
  readonly device: string;
  readonly frames: number;
  readonly durationSeconds: number;
  readonly rate: number;
  readonly burst: BurstPlan | undefined;
  readonly cpu: number | undefined;
  readonly seed: number;
  readonly progress: boolean;
  readonly streams: readonly Stream[];
}

/** The size of the table in bpf/generator.bpf.c. */
export const MAX_STREAMS = 32;

const LIMITS = {
  frames: { min: 1, max: 1e12 },
  durationSeconds: { min: 0.001, max: 86_400 },
  rate: { min: 0, max: 1e8 },
  cpu: { min: 0, max: 65_535 },
  seed: { min: 0, max: Number.MAX_SAFE_INTEGER },
} as const;

/** A burst is one run, which blocks the thread. */
const BURST_LIMITS = {
  frames: { min: 1, max: 2 ** 20 },
  everySeconds: { min: 0.01, max: 86_400 },
} as const;

const DEFAULT_MIX: readonly MixEntry[] = [{ family: 4, protocol: 'udp' }];

/** Throws a ConfigError for anything that is missing, unknown or out of its range. */
export function parseOptions(json: string | undefined): GeneratorPlan {
  const fields = new Fields('generator options', parseJson(json));
  const integer = <Absent>(name: keyof typeof LIMITS, absent: Absent) =>
    fields.has(name) ? fields.integer(name, LIMITS[name]) : absent;
  const mix = fields.has('mix') ? fields.list('mix', { min: 1, max: MAX_STREAMS }) : DEFAULT_MIX;
  const plan = {
    netns: fields.text('netns'),
    device: fields.text('device'),
    frames: integer('frames', Number.POSITIVE_INFINITY),
    durationSeconds: fields.has('durationSeconds')
      ? fields.number('durationSeconds', LIMITS.durationSeconds)
      : Number.POSITIVE_INFINITY,
    rate: integer('rate', 0) || Number.POSITIVE_INFINITY,
    burst: fields.has('burst') ? parseBurst(fields) : undefined,
    cpu: integer('cpu', undefined),
    seed: integer('seed', 0),
    progress: fields.switch('progress'),
    streams: mix.map(parseStream),
  };
  fields.end();
  if (!Number.isFinite(plan.frames) && !Number.isFinite(plan.durationSeconds)) {
    throw new ConfigError(
      'read generator options: they have no end; give "frames", "durationSeconds" or both',
    );
  }
  return plan;
}

function parseBurst(options: Fields): BurstPlan {
  if (options.has('rate')) {
    throw new ConfigError('read generator options: they have "rate" and "burst"; leave one out');
  }
  const fields = new Fields('"burst"', options.value('burst'));
  const burst = {
    frames: fields.integer('frames', BURST_LIMITS.frames),
    everySeconds: fields.number('everySeconds', BURST_LIMITS.everySeconds),
  };
  fields.end();
  return burst;
}

/** In bytes. */
export function longestFrame({ streams }: GeneratorPlan): number {
  return Math.max(...streams.map(({ length }) => length.to));
}

function parseJson(json: string | undefined): unknown {
  if (json === undefined) {
    throw new ConfigError(
      `read generator options: there are none; usage: generate.js '{"netns": "NAME", "device": "NAME", "frames": 1000}'`,
    );
  }
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw new ConfigError(`read generator options: ${errorMessage(cause)}`, { cause });
  }
}
