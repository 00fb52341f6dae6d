// SPDX-License-Identifier: Apache-2.0
// All that crosses between the engine and the wire: the calls that each offers to the other, and their data.
import type { PushState } from '../catalogue/exporter-families.ts';
import type { WireState } from '../catalogue/process-families.ts';
import type { LogRecord } from '../log.ts';
import type { PacketBatch, PacketRequest } from '../snapshot/packet-stream.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import type { WebSecurity } from '../web-config/web-security.ts';

/** What a wire counts, and the next one goes on from. */
export interface WireCounts {
  /** Of this and of all wires before. */
  readonly cpuSeconds: number;
  /** Absent: OTLP is off. */
  readonly push?: PushState;
}

/** One read of the kernel, and what the engine knows of both processes. */
export interface Reading {
  readonly snapshot: Snapshot;
  readonly wire: WireState;
}

/** What the wire is to do. */
export interface WireOptions<Otlp> {
  readonly version: string;
  /** The sockets that it inherits, and whether it serves the live page on each. */
  readonly listeners: readonly { readonly fd: number; readonly live: boolean }[];
  /** That of the control socket; absent where there is none. */
  readonly controlFd?: number;
  /** That of the stream to a process that checks passwords; absent where there is none. */
  readonly passwordsFd?: number;
  readonly telemetryPath: string;
  /** Of the listeners, but not of the control socket. */
  readonly security: WebSecurity;
  /** As --web.disable-exporter-metrics. */
  readonly disableExporterMetrics: boolean;
  /** Absent: OTLP is off. */
  readonly otlp?: Otlp;
  /** "host:port" of the first listener: the host as it was asked for, the port as it is. */
  readonly listenAddress: string;
  /** Inode of the network namespace of the devices; 0 where there is none. */
  readonly netnsInode: number;
  /** Where it goes on from. */
  readonly counts: WireCounts;
}

/** By path: the bytes, or why they cannot be read. */
export type FileContents = Readonly<Record<string, Uint8Array | string>>;

/** What the engine does for the wire. */
export interface EngineCalls {
  /** With what the wire has counted until now: nothing is shown that the engine does not know. */
  snapshot(counts: WireCounts): Reading;
  /** The certificates and keys that the settings name, as they are now: the wire's user may not read them. */
  files(nothing: undefined): FileContents;
  /** Nobody waits for it. */
  log(record: LogRecord): void;
  /** Has packets handed over by `packets` from then on: the answer is the stream's id. */
  openPackets(request: PacketRequest): number;
  /** So many rows of a stream are on their way to its reader. Nobody waits for it. */
  packetsTaken(taken: { readonly stream: number; readonly rows: number }): void;
  /** Nobody waits for it. */
  closePackets(stream: number): void;
}

/** What the process that checks passwords does for the wire. */
export interface PasswordCalls {
  /** Whether a password is that of a bcrypt hash. It takes as long for every hash as one of `cost` takes. */
  check(check: {
    readonly password: string;
    readonly hash: string;
    readonly cost: number;
  }): boolean;
}

/** What the wire does for the engine. */
export interface WireCalls<Otlp> {
  /** Answered when it serves. */
  start(options: WireOptions<Otlp>): Promise<void>;
  ping(nothing: undefined): void;
  /** Answered when it is in force. */
  secure(security: WebSecurity): Promise<void>;
  /** Nobody waits for it. */
  packets(part: { readonly stream: number; readonly batch: PacketBatch }): void;
  /** Pushes the last totals, if it pushes, and stops serving. */
  finish(last: Reading | undefined): Promise<void>;
}
