// SPDX-License-Identifier: Apache-2.0
// The demo, pushing by OTLP each second, and a real Prometheus that scrapes it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { MAIN } from './exporter-process.ts';
import { parseExposition, type Samples } from './exposition.ts';
import { until } from './namespace.ts';
import { PrometheusServer } from './prometheus-server.ts';

const INTERVAL_MS = 1_000;
/** Frames a second. */
export const RATE = 20_000;

export interface PushingDemo {
  readonly prometheus: PrometheusServer;
  scrape(): Promise<Samples>;
  /** From then on nothing is counted any more. */
  stopTraffic(): void;
  close(): Promise<void>;
}

export async function startPushingDemo(env: NodeJS.ProcessEnv): Promise<PushingDemo> {
  const flags = ['--rate', String(RATE), '--web.listen-address', '127.0.0.1:0'];
  const demo = spawn(process.execPath, [MAIN, 'demo', ...flags], {
    env: {
      ...process.env,
      XDP_EXPORTER_CONTROL_SOCKET: 'off',
      OTEL_METRIC_EXPORT_INTERVAL: String(INTERVAL_MS),
      ...env,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  demo.stdout.on('data', (chunk) => {
    said += chunk;
  });
  const end = async () => {
    if (demo.exitCode === null) {
      signalGenerator(demo.pid, 'SIGCONT');
      demo.kill('SIGINT');
      await once(demo, 'exit');
    }
  };
  try {
    await until('the demo serves', () => /^metrics: http/m.test(said));
    const url = /^metrics: (\S+)$/m.exec(said)?.[1] ?? '';
    const prometheus = await PrometheusServer.scraping(url);
    return {
      prometheus,
      scrape: async () => parseExposition(await (await fetch(url)).text()),
      stopTraffic: () => signalGenerator(demo.pid, 'SIGSTOP'),
      async close() {
        await end();
        await prometheus.close();
      },
    };
  } catch (error) {
    await end();
    throw error;
  }
}

/** The demo's child that makes the traffic, whichever thread has started it. */
function signalGenerator(pid: number | undefined, signal: NodeJS.Signals): void {
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const children = readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' ');
    for (const child of children.filter((text) => text !== '')) {
      if (readFileSync(`/proc/${child}/cmdline`, 'utf8').includes('/generator/generate.js')) {
        process.kill(Number(child), signal);
      }
    }
  }
}
