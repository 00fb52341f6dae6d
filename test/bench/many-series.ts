// SPDX-License-Identifier: Apache-2.0
// A made-up snapshot of about 20,000 series.
import type { Traffic } from '../../src/collectors/traffic/read.ts';
import type { DeviceSnapshot } from '../../src/snapshot/device.ts';
import { ACTIONS } from '../../src/snapshot/packet-class.ts';
import type { Snapshot } from '../../src/snapshot/snapshot.ts';

const CPUS = 64;
/** A family of 64 CPUs by three actions, and 27 series of totals and sizes: about 220 series a device. */
const DEVICES = 92;
const STARTED_AT_MS = 1_700_000_000_000;

/** Fresh objects for every scrape, as messages from the engine are. */
export function makeSnapshot(): Snapshot {
  return {
    takenAtMs: Date.now(),
    monotonicMs: performance.now(),
    startedAtMs: STARTED_AT_MS,
    cpus: Array.from({ length: CPUS }, (_, cpu) => cpu),
    devices: Array.from({ length: DEVICES }, (_, index) => device(`eth${index}`)),
    parts: {
      traffic: Array.from({ length: DEVICES }, traffic),
      packet_sizes: Array.from({ length: DEVICES }, () => ({ packets: values(21), bytes: 1e12 })),
    },
    collectors: [{ name: 'traffic', durationSeconds: 0.001, success: true }],
  };
}

function device(name: string): DeviceSnapshot {
  return {
    name,
    wanted: true,
    up: true,
    counted: true,
    startedAtMs: STARTED_AT_MS,
    program: {
      name: 'xdp_exporter',
      id: 1,
      tag: '0011223344556677',
      mode: 'native',
      role: 'attached',
    },
  };
}

function traffic(): Traffic {
  return {
    packets: values(ACTIONS.length),
    bytes: values(ACTIONS.length),
    cpuPackets: values(CPUS * ACTIONS.length),
    cpuBytes: values(CPUS * ACTIONS.length),
  };
}

function values(length: number): Float64Array {
  return Float64Array.from({ length }, (_, index) =>
    index % ACTIONS.length < 3 ? Math.floor(Math.random() * 1e12) : 0,
  );
}
