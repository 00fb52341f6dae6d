// SPDX-License-Identifier: Apache-2.0
// A machine under attack, second by second, always the same: what the pictures of the screen show.
import type { DeviceSnapshot } from '../../../../src/snapshot/device.ts';
import type { Snapshot } from '../../../../src/snapshot/snapshot.ts';
import type { TopListSnapshot } from '../../../../src/snapshot/top-list.ts';
import {
  type Counted,
  DROP,
  deviceOf,
  downDevice,
  PASS,
  snapshotOf,
  trafficOf,
} from './counted.ts';

const FIRST_SECOND = 1_000;
const UDP4 = 7;
const TCP4 = 6;
const TCP6 = 11;

/** Packets until a second: at a steady rate, and ten times as many from half a minute on. */
const grown = (rate: number, second: number) => rate * (second + 9 * Math.max(0, second - 30));

const OBSERVED = {
  program: { name: 'xdp_filter', id: 7, tag: 'feed', mode: 'native', role: 'observed' },
  observed: { retargets: 0, missed: 0 },
} as const satisfies Partial<DeviceSnapshot>;

export interface SceneOptions {
  readonly cpuCount?: number;
  /** Of the device that is attacked. */
  readonly name?: string;
  readonly program?: string;
  /** Packets a second that sampling leaves out at first. */
  readonly sampledOut?: number;
}

/** The snapshot after so many seconds. */
export function sceneAt(
  second: number,
  { cpuCount = 2, name = 'eth0', program, sampledOut = 1_000 }: SceneOptions = {},
): Snapshot {
  const cpus = Array.from({ length: cpuCount }, (_, cpu) => cpu);
  const attacked = deviceOf(
    trafficOf(
      ...cpus.map((cpu) => ({
        [PASS]: 1_000 * second * (1 + (cpu % 3)),
        [DROP]: cpu === 1 ? grown(60_000, second) : 0,
      })),
    ),
    name,
    { ...OBSERVED, program: { ...OBSERVED.program, name: program ?? OBSERVED.program.name } },
  );
  const quiet = deviceOf(
    trafficOf({ [PASS]: 25 * second }, ...cpus.slice(1).map(() => ({}))),
    'lo',
  );
  return {
    ...snapshotOf(
      1000 * (FIRST_SECOND + second),
      [attacked, quiet, downDevice(undefined, 'eth1', 'occupied')],
      cpus,
    ),
    // 2026-11-30 12:00:00 UTC, and so many seconds.
    takenAtMs: 1_796_040_000_000 + 1000 * second,
    parts: {
      traffic: [attacked.traffic, quiet.traffic, undefined],
      ...partsAt(second, attacked, sampledOut),
    },
  };
}

function partsAt(
  second: number,
  { traffic }: Counted,
  sampledOut: number,
): Omit<Snapshot['parts'], 'traffic'> {
  const all = traffic?.packets.reduce((sum, packets) => sum + packets, 0) ?? 0;
  const packets = new Float64Array(15);
  packets[UDP4] = grown(60_000, second);
  const tcp = all - grown(60_000, second);
  packets[TCP4] = 0.75 * tcp;
  packets[TCP6] = 0.25 * tcp;
  const bytes = packets.map((count) => 100 * count);
  const malformed = Float64Array.of(0, 0, second, 0, 0, 0, 0, 0);
  const sizes = new Float64Array(21);
  sizes[7] = packets[UDP4];
  sizes[11] = packets[TCP4] + packets[TCP6];
  const outcomes = {
    sampledOut: grown(sampledOut, second),
    ringFull: 3,
    noRing: 0,
    noEntry: 0,
    pending: 12,
  };
  const decoded = all - outcomes.sampledOut - outcomes.ringFull - outcomes.pending;
  const listOf = (series: TopListSnapshot['series']): readonly (TopListSnapshot | undefined)[] => {
    const rest = all - series.reduce((sum, each) => sum + each.packets, 0);
    const other = { packets: rest, bytes: 100 * rest };
    return [{ series, other, tracked: 400, evicted: 0 }, undefined, undefined];
  };
  return {
    protocols: [{ packets, bytes, malformed }, undefined, undefined],
    packet_sizes: [{ packets: sizes, bytes: 100 * all }, undefined, undefined],
    sources: listOf(sourcesAt(second)),
    ports: listOf(portsAt(second)),
    tcp: [
      {
        // As TCP_FLAG_SETS has them: half of the packets of TCP ask for a connection.
        packets: Float64Array.of(0.45, 0.5, 0.01, 0.02, 0.02).map((part) => part * tcp),
      },
      undefined,
      undefined,
    ],
    queues: [
      { packets: Float64Array.of(0.75 * all, 0, 0.2 * all), other: 0.05 * all },
      undefined,
      undefined,
    ],
    peaks: [
      {
        '10ms': { packets: 20_000, bytes: 1_200_000 },
        '1s': { packets: 700_000, bytes: 70_000_000 },
      },
      undefined,
      undefined,
    ],
    program_cost: {
      devices: [
        {
          program: { name: 'xdp_filter', role: 'observed' },
          averageSeconds: 4.7e-8,
          runs: 1_000 * second,
        },
        undefined,
        undefined,
      ],
    },
    logger: {
      devices: [{ ...outcomes, decoded }, undefined, undefined],
      state: { sampleInterval: 2, rings: [], corruptions: { record: 0, position: 0, interval: 0 } },
      readers: { open: 0, rows: 0, missed: 0 },
    },
  };
}

function seriesOf(key: string, packets: number): TopListSnapshot['series'][number] {
  return { key, packets, bytes: 100 * packets, startedAtMs: 5 };
}

/** The one that is attacked, and two others. */
function portsAt(second: number) {
  return [
    seriesOf('udp/53', grown(55_000, second)),
    seriesOf('tcp/443', grown(3_000, second)),
    seriesOf('tcp/8080', 10 * second),
  ];
}

/** One that attacks, and eleven others. */
function sourcesAt(second: number) {
  return [
    seriesOf('203.0.113.66', grown(50_000, second)),
    seriesOf('2001:db8:1234:5678:9abc:def0:1234:5678', grown(4_000, second)),
    ...Array.from({ length: 10 }, (_, index) =>
      seriesOf(`192.0.2.${index + 1}`, (20 - index) * second),
    ),
  ];
}
