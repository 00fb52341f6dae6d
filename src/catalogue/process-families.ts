// SPDX-License-Identifier: Apache-2.0
// The two processes of the exporter: what each uses, and how the wire is kept apart.
import type { MetricDefinition } from '../metrics/definition.ts';
import { type Family, family } from '../metrics/family.ts';

/** What a process of the exporter has used. */
export interface ProcessUsage {
  readonly cpuSeconds: number;
  /** Undefined where it cannot be read now. */
  readonly residentBytes: number | undefined;
}

const ISOLATIONS = {
  user: 'It runs as a separate user, without capabilities.',
  ambient: 'It runs as the same user as the engine, with no capabilities to inherit.',
  none: 'It may have the capabilities of the engine; the log says why.',
} as const;

/** What keeps the wire from what the engine may do. */
export type Isolation = keyof typeof ISOLATIONS;

const WATCHED_FILES = {
  'web.config.file': 'The file of --web.config.file, and the files that it names.',
  'top.networks-file': 'The file of --top.networks-file.',
} as const;

/** By the option that names the file; absent: the option is not set. */
export type FilesInForce = Readonly<Partial<Record<keyof typeof WATCHED_FILES, boolean>>>;

/** What the engine knows of the processes. */
export interface WireState {
  readonly isolation: Isolation;
  /** Since the exporter started. */
  readonly restarts: number;
  readonly startedAtMs: number;
  /** The engine has no capability any more, and attaches to nothing. */
  readonly privilegesDropped: boolean;
  readonly engine: ProcessUsage;
  /** Whether what a file says now is in force, of those that are read again when they change. */
  readonly filesInForce: FilesInForce;
}

const PROCESSES = {
  engine: 'The process that you start. It reads the kernel.',
  wire: 'The process that the engine starts. It serves and pushes the metrics. Its counter continues over restarts.',
} as const;

export const PROCESS_METRICS = {
  wireInfo: {
    name: 'xdp_exporter_wire_info',
    otelName: 'xdp.exporter.wire.info',
    unit: '',
    type: 'gauge',
    help: 'How the process that serves the network is isolated from the process that reads the kernel. Always 1.',
    labels: ['isolation'],
    values: { isolation: ISOLATIONS },
  },
  wireRestarts: {
    name: 'xdp_exporter_wire_restarts_total',
    otelName: 'xdp.exporter.wire.restarts',
    unit: '{restart}',
    type: 'counter',
    help: 'Restarts of the process that serves the network. They do not affect any counter.',
    labels: [],
  },
  privilegesDropped: {
    name: 'xdp_exporter_privileges_dropped',
    otelName: 'xdp.exporter.privileges.dropped',
    unit: '',
    type: 'gauge',
    help: 'Whether the exporter has dropped its privileges: 1 for yes, 0 for no. After that it cannot attach to any device.',
    labels: [],
  },
  fileReload: {
    name: 'xdp_exporter_file_last_reload_successful',
    otelName: 'xdp.exporter.file.last_reload_successful',
    unit: '',
    type: 'gauge',
    help: 'Whether the current content of a file that is reloaded on change is in use. 0: it is invalid, and the previous content stays in use. Absent when the option is not set.',
    labels: ['file'],
    values: { file: WATCHED_FILES },
  },
  processCpu: {
    name: 'xdp_process_cpu_seconds_total',
    otelName: 'xdp.process.cpu',
    unit: 's',
    type: 'counter',
    fractional: true,
    help: 'CPU time in user and kernel mode of each process of the exporter.',
    labels: ['process'],
    values: { process: PROCESSES },
  },
  processMemory: {
    name: 'xdp_process_resident_memory_bytes',
    otelName: 'xdp.process.resident_memory',
    unit: 'By',
    type: 'gauge',
    help: 'Resident memory of each process of the exporter. Shared pages count in each.',
    labels: ['process'],
    values: { process: PROCESSES },
  },
} as const satisfies Record<string, MetricDefinition>;

const ENGINE = { process: 'engine' } as const;
const WIRE = { process: 'wire' } as const;

/** @param wire with the CPU time of all wires before */
export function processFamilies(
  { isolation, restarts, startedAtMs, privilegesDropped, engine, filesInForce }: WireState,
  wire: ProcessUsage,
): readonly Family[] {
  return [
    family(PROCESS_METRICS.wireInfo, [{ labels: { isolation }, value: 1 }]),
    family(PROCESS_METRICS.wireRestarts, [{ labels: {}, value: restarts, startedAtMs }]),
    family(PROCESS_METRICS.privilegesDropped, [{ labels: {}, value: Number(privilegesDropped) }]),
    family(
      PROCESS_METRICS.fileReload,
      Object.entries(filesInForce).map(([file, isInForce]) => ({
        labels: { file },
        value: Number(isInForce),
      })),
    ),
    family(PROCESS_METRICS.processCpu, [
      { labels: ENGINE, value: engine.cpuSeconds, startedAtMs },
      { labels: WIRE, value: wire.cpuSeconds, startedAtMs },
    ]),
    family(PROCESS_METRICS.processMemory, [...memoryOf(ENGINE, engine), ...memoryOf(WIRE, wire)]),
  ];
}

function memoryOf<Labels>(labels: Labels, { residentBytes: value }: ProcessUsage) {
  return value === undefined ? [] : [{ labels, value }];
}
