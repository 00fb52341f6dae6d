// SPDX-License-Identifier: Apache-2.0
// The process as an operator sees it: time from start to first scrape, memory when it has been scraped for a while.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createLab, type Lab } from '../../src/demo/lab.ts';
import { ExporterProcess } from '../e2e/support/exporter-process.ts';
import { exporterBytes } from '../e2e/support/memory.ts';
import { until } from '../e2e/support/namespace.ts';
import { ScriptedCollector } from '../e2e/support/scripted-collector.ts';
import { minimum, quantile, type Result } from './result.ts';

const STARTS = 7;
const SCRAPES = 100;
const MEGABYTE = 1e6;

/** The least that a process which serves HTTP with Node can be. */
const BARE_SERVER = `require('node:http').createServer((_, r) => r.end('x')).listen(0, '127.0.0.1', () => console.log('up'))`;

/** Enough pushes for the memory that they take to be at its most. */
const PUSHES = 20;
const PUSH_INTERVAL_MS = 250;

export async function benchProcess(): Promise<Result[]> {
  const lab = await createLab({ name: 'bench' });
  try {
    const starts: number[] = [];
    const bareStarts: number[] = [];
    const sizes: number[] = [];
    const bareSizes: number[] = [];
    const pushingSizes: number[] = [];
    for (let round = 0; round < STARTS; round++) {
      const bare = await measureBare();
      bareStarts.push(bare.milliseconds);
      bareSizes.push(bare.megabytes);
      const ours = await measureExporter(lab);
      starts.push(ours.milliseconds);
      sizes.push(ours.megabytes);
      pushingSizes.push(await measurePushing(lab));
    }
    const name = 'bare Node HTTP server';
    return [
      {
        name: 'start to first scrape, median',
        unit: 'ms',
        value: quantile(starts, 0.5),
        baseline: { name, value: quantile(bareStarts, 0.5) },
        gate: 600,
        aim: 350,
      },
      {
        name: `PSS of both processes, idle after ${SCRAPES} scrapes`,
        unit: 'MB',
        value: minimum(sizes),
        baseline: { name, value: minimum(bareSizes) },
        gate: 85,
        aim: 70,
      },
      {
        name: `PSS of both, idle after as many and ${PUSHES} pushes by OTLP`,
        unit: 'MB',
        value: minimum(pushingSizes),
        baseline: { name: 'without OTLP', value: minimum(sizes) },
        gate: 25,
        relative: true,
      },
    ];
  } finally {
    await lab.close();
  }
}

interface Measured {
  readonly milliseconds: number;
  readonly megabytes: number;
}

async function measureExporter({ rx }: Lab): Promise<Measured> {
  const start = process.hrtime.bigint();
  const exporter = await ExporterProcess.start(['--netns', rx.netns, '--device', rx.device]);
  try {
    await exporter.scrape();
    const milliseconds = Number(process.hrtime.bigint() - start) / 1e6;
    for (let scrape = 1; scrape < SCRAPES; scrape++) {
      await exporter.scrape();
    }
    return { milliseconds, megabytes: exporterBytes(exporter.pid) / MEGABYTE };
  } finally {
    await exporter.close();
  }
}

async function measurePushing({ rx }: Lab): Promise<number> {
  const collector = await ScriptedCollector.start();
  const devices = ['--netns', rx.netns, '--device', rx.device];
  const exporter = await ExporterProcess.start([...devices, '--otlp.endpoint', collector.url], {
    env: { OTEL_METRIC_EXPORT_INTERVAL: String(PUSH_INTERVAL_MS) },
  });
  try {
    for (let scrape = 0; scrape < SCRAPES; scrape++) {
      await exporter.scrape();
    }
    await until('all pushes arrive', () => collector.requests >= PUSHES);
    return exporterBytes(exporter.pid) / MEGABYTE;
  } finally {
    await exporter.close();
    await collector.close();
  }
}

async function measureBare(): Promise<Measured> {
  const start = process.hrtime.bigint();
  const child = spawn(process.execPath, ['-e', BARE_SERVER], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  const milliseconds = Number(process.hrtime.bigint() - start) / 1e6;
  const megabytes = exporterBytes(child.pid ?? 0) / MEGABYTE;
  child.kill();
  await once(child, 'exit');
  return { milliseconds, megabytes };
}
