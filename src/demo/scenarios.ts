// SPDX-License-Identifier: Apache-2.0
// What happens in the demo: calm, something in the middle of it, and calm again.
import type { BurstPlan } from '../generator/bursts.ts';
import type { MixEntry } from '../generator/stream.ts';
import type { SCENARIOS } from '../options/command-schema.ts';
import { FLOOD } from './filter-process.ts';
import { DEMO_MIX, SERVERS } from './mix.ts';

/** As on the command line. */
export type ScenarioName = (typeof SCENARIOS)[number];

/** Where one sees what happens. */
interface Sight {
  /** Headings of the live page. */
  readonly page: string;
  /** Headings of `top`. */
  readonly top: string;
  readonly promql: string;
}

/** How much of the demo's rate, or what in place of a rate. */
type Amount = { readonly share: number } | { readonly burst: BurstPlan };

/** Beside the calm, for a while. */
interface Happening {
  /** What it is, behind its rate: "UDP packets/s from 1,000 sources". */
  readonly text: string;
  readonly amount: Amount;
  readonly mix: readonly MixEntry[];
  readonly sight: Sight;
}

interface Scenario {
  /** Of the rate, all the time. */
  readonly calmShare: number;
  readonly happening?: Happening;
}

/** 131,072 addresses that RFC 2544 set aside: each sends so little that none has a series of its own. */
const RANDOM_SOURCES = { kind: 'uniform', count: 2 ** 17, prefix: '198.18.0.0/15' } as const;

/** Of a burst: on an idle machine they are sent within 5 to 10 ms. */
const BURST: BurstPlan = { frames: 20_000, everySeconds: 20 };

const HAPPENINGS: Readonly<Record<ScenarioName, Scenario>> = {
  mixed: { calmShare: 1 },
  flood: {
    calmShare: 0.05,
    happening: {
      text: 'UDP packets/s from 1,000 sources to one server, port 53',
      amount: { share: 0.95 },
      mix: [FLOOD],
      sight: {
        page: 'Verdicts, Top sources, Destination ports',
        top: 'SOURCE, PORT',
        promql: 'topk(3, rate(xdp_port_packets_total[1m]))',
      },
    },
  },
  syn: {
    calmShare: 0.05,
    happening: {
      text: 'SYN packets/s from random sources to one server, tcp/443',
      amount: { share: 0.4 },
      mix: [
        {
          family: 4,
          protocol: 'tcp',
          flags: ['syn'],
          port: 443,
          sources: RANDOM_SOURCES,
          destinations: { kind: 'fixed', prefix: SERVERS.web },
        },
      ],
      sight: {
        page: 'TCP flags, Destination ports; no source has many',
        top: 'TCP FLAG, PORT',
        promql: 'sum by (flags) (rate(xdp_tcp_packets_total[1m]))',
      },
    },
  },
  scan: {
    calmShare: 0.05,
    happening: {
      text: 'SYN packets/s from one source to every port of four servers',
      amount: { share: 0.1 },
      mix: [
        {
          family: 4,
          protocol: 'tcp',
          flags: ['syn'],
          port: { from: 1, to: 65_535 },
          sources: { kind: 'fixed', prefix: '198.18.66.6/15' },
          // Four and 65,535 have no factor in common, so that each port of each of them is tried.
          destinations: { kind: 'cycle', count: 4, prefix: SERVERS.names },
        },
      ],
      sight: {
        page: 'Top sources; Destination ports, where only "other" grows',
        top: 'SOURCE, PORT',
        promql: 'topk(3, rate(xdp_source_packets_total[1m]))',
      },
    },
  },
  burst: {
    calmShare: 0.000_25,
    happening: {
      text: `packets in some milliseconds, once in ${BURST.everySeconds} s`,
      amount: { burst: BURST },
      mix: [
        {
          family: 4,
          protocol: 'udp',
          port: 6000,
          length: 128,
          sources: { kind: 'cycle', count: 4, prefix: '203.0.113.200/24' },
          destinations: { kind: 'fixed', prefix: SERVERS.web },
        },
      ],
      sight: {
        page: 'Peaks',
        top: 'PEAKS',
        promql: 'xdp_peak_packets{window="10ms"}',
      },
    },
  },
};

/** What is sent, for the generator. */
interface Sending {
  readonly rate?: number;
  readonly burst?: BurstPlan;
  readonly mix: readonly MixEntry[];
}

/** One more traffic beside the calm. Seconds are since the start. */
interface Middle {
  readonly fromSeconds: number;
  readonly toSeconds: number;
  /** What happens: "190,000 UDP packets/s from …". */
  readonly text: string;
  readonly sight: Sight;
  readonly sending: Sending;
}

export interface Story {
  readonly name: ScenarioName;
  /** Undefined: until Ctrl-C. */
  readonly durationSeconds: number | undefined;
  readonly calm: Sending;
  readonly middle?: Middle;
}

export interface StoryOptions {
  readonly scenario: ScenarioName;
  /** Frames per second; 0 is as fast as it goes. */
  readonly rate: number;
  readonly durationSeconds: number | undefined;
  /** A filter is on the device, and there is to be something for it. */
  readonly observe: boolean;
}

/** Of everything but `mixed`, which goes on until it is stopped. */
const DURATION_SECONDS = 180;

/** A quarter of the time is calm, half of it is not, and a quarter is calm again. */
export function planStory({ scenario, rate, durationSeconds, observe }: StoryOptions): Story {
  const { calmShare, happening } = HAPPENINGS[scenario];
  if (happening === undefined) {
    const mix = observe ? [...DEMO_MIX, FLOOD] : DEMO_MIX;
    return { name: scenario, durationSeconds, calm: { rate, mix } };
  }
  const seconds = durationSeconds ?? DURATION_SECONDS;
  const { amount, text, mix, sight } = happening;
  const [sending, count] =
    'burst' in amount
      ? [{ burst: amount.burst, mix }, amount.burst.frames]
      : [{ rate: share(rate, amount.share), mix }, share(rate, amount.share)];
  return {
    name: scenario,
    durationSeconds: seconds,
    calm: { rate: share(rate, calmShare), mix: DEMO_MIX },
    middle: {
      fromSeconds: seconds / 4,
      toSeconds: (3 * seconds) / 4,
      text: `${count.toLocaleString('en-US')} ${text}`,
      sight,
      sending,
    },
  };
}

function share(rate: number, part: number): number {
  return Math.max(1, Math.round(rate * part));
}
