// SPDX-License-Identifier: Apache-2.0
// The logger at full speed: what it takes from the rate of a virtual link, and what the exporter takes of a CPU.
import { startGenerator } from '../../src/demo/generator-process.ts';
import { createLab, type Lab } from '../../src/demo/lab.ts';
import { ExporterProcess } from '../e2e/support/exporter-process.ts';
import { outcomesOf } from '../e2e/support/outcomes.ts';
import { cpuSeconds } from './cpu-seconds.ts';
import { quantile, type Result } from './result.ts';

const ROUNDS = 5;
const FRAMES = 5_000_000;

const MIX = [
  {
    family: 4,
    protocol: 'udp',
    sources: { kind: 'skewed', count: 250, prefix: '203.0.113.0/24' },
  },
] as const;

interface Run {
  readonly mpps: number;
  /** Seconds of CPU for a million packets: at a million a second, the part of a core. */
  readonly cpuPerMillion: number;
  readonly lost: number;
}

export async function benchLoad(): Promise<Result[]> {
  const lab = await createLab({ name: 'load' });
  try {
    const runs: Record<'off' | 'on', Run[]> = { off: [], on: [] };
    for (let round = 0; round < ROUNDS; round++) {
      for (const logger of ['off', 'on'] as const) {
        runs[logger].push(await measure(lab, logger));
      }
    }
    const off = quantile(
      runs.off.map(({ mpps }) => mpps),
      0.5,
    );
    const on = quantile(
      runs.on.map(({ mpps }) => mpps),
      0.5,
    );
    const cpu = (logger: 'off' | 'on') =>
      100 *
      quantile(
        runs[logger].map(({ cpuPerMillion }) => cpuPerMillion),
        0.5,
      );
    return [
      {
        name: 'time per frame of live traffic, logger on / off',
        unit: 'ratio',
        value: off / on,
        baseline: { name: `off: ${off.toFixed(2)} Mpps`, value: 1 },
        gate: 1 / 0.95,
      },
      {
        name: 'exporter CPU per Mpps, logger on',
        unit: '% of a core',
        value: cpu('on'),
        baseline: { name: 'off', value: cpu('off') },
        gate: 6,
        aim: 3.5,
      },
      {
        name: `frames lost of ${FRAMES * ROUNDS} at full speed`,
        unit: 'frames',
        value: runs.on.reduce((sum, { lost }) => sum + lost, 0),
      },
    ];
  } finally {
    await lab.close();
  }
}

async function measure({ tx, rx }: Lab, logger: 'off' | 'on'): Promise<Run> {
  const args = ['--netns', rx.netns, '--device', rx.device, '--logger', logger];
  const exporter = await ExporterProcess.start(args);
  try {
    await exporter.scrape();
    const before = cpuSeconds(exporter.pid);
    const load = startGenerator({ ...tx, frames: FRAMES, cpu: 0, mix: MIX });
    const { seconds } = await load.done;
    const outcomes = outcomesOf(await exporter.scrape());
    return {
      mpps: FRAMES / seconds / 1e6,
      cpuPerMillion: (cpuSeconds(exporter.pid) - before) / (FRAMES / 1e6),
      lost: outcomes.ringFull + outcomes.noRing,
    };
  } finally {
    await exporter.close();
  }
}
