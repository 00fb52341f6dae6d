// SPDX-License-Identifier: Apache-2.0
// What `top` shows of an interval, as plain data. It is what -o json prints: see docs/top.schema.json.

import type {
  DownReason,
  ObservedCounts,
  ProgramInfo,
  ProgramMode,
} from '../../snapshot/device.ts';
import type { PeakWindow } from '../../snapshot/peaks.ts';
import type { TopListName } from '../../snapshot/top-list.ts';

export interface PacketRate {
  /** Since the device was first counted. */
  readonly packets: number;
  readonly packetsPerSecond: number;
}

export interface Rate extends PacketRate {
  readonly bytes: number;
  readonly bytesPerSecond: number;
}

/** Of the packets of all rows in the interval, 0 to 1; 0 where there were none. */
export interface Share {
  readonly share: number;
}

/** A list of the largest of something. */
export interface TopList {
  readonly rows: readonly ({ readonly key: string } & Rate & Share)[];
  /** Everything that has no row of its own. */
  readonly other: Rate & Share;
}

/** What became of the packets' records: see `Outcomes` in src/collectors/logger/read.ts. */
export interface Loss {
  readonly decoded: PacketRate;
  readonly sampledOut: PacketRate;
  readonly ringFull: PacketRate;
  readonly noRing: PacketRate;
  readonly noEntry: PacketRate;
  readonly pending: number;
}

/** What is shown of every device at once. */
export interface DeviceSummary {
  readonly device: string;
  readonly netns?: string;
  readonly up: boolean;
  readonly reason?: DownReason;
  readonly mode?: ProgramMode;
  readonly program?: Pick<ProgramInfo, 'role' | 'name'>;
  /** Absent where no program was ever observed. */
  readonly observed?: ObservedCounts;
  readonly total: Rate;
  /** Every action. */
  readonly actions: readonly ({ readonly action: string } & Rate & Share)[];
}

export interface DeviceReport extends DeviceSummary {
  /** Every CPU of the snapshot, ascending. */
  readonly cpus: readonly ({ readonly cpu: number } & Rate & Share)[];
  /** By name; one that nobody keeps is absent. */
  readonly lists: Readonly<Partial<Record<TopListName, TopList>>>;
  readonly protocols?: readonly ({ readonly family: string; readonly protocol: string } & Rate &
    Share)[];
  /** Packets of TCP by the flags that begin and end connections. Absent where the logger is off. */
  readonly tcpFlags?: readonly ({ readonly flags: string } & PacketRate & Share)[];
  /** By number; null is every queue beyond those that are told apart. Absent where the logger is off. */
  readonly queues?: readonly ({ readonly queue: number | null } & PacketRate & Share)[];
  readonly malformed?: readonly ({ readonly reason: string } & PacketRate)[];
  /** Frames of at most so many bytes that are longer than those of the row before; null is everything longer. */
  readonly sizes?: readonly ({ readonly upToBytes: number | null } & PacketRate & Share)[];
  readonly loss?: Loss;
  /** The most that came in any window of that length since a minute ago. Absent where not every packet had a record. */
  readonly peaks?: readonly {
    readonly window: PeakWindow;
    readonly packets: number;
    readonly bytes: number;
  }[];
  /** Nanoseconds of a run of the program, in the last measurement. Absent where the exporter measures none. */
  readonly programRunNs?: number;
}

export interface ReportHead {
  /** RFC 3339: when the interval ended. */
  readonly time: string;
  /** By a clock that nobody sets. */
  readonly intervalSeconds: number;
  /** One packet in so many is recorded. Absent where the logger is off. */
  readonly sampleInterval?: number;
}

export interface TopReport extends ReportHead {
  readonly devices: readonly DeviceReport[];
}
