// SPDX-License-Identifier: Apache-2.0
// Two nodes under traffic, each a lab with our exporter and a node_exporter, one that observes, and a Prometheus with our rules
// that scrapes them all and remembers the week before. The second node pushes by OTLP as well.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { type GeneratorProcess, startGenerator } from '../../../src/demo/generator-process.ts';
import { createLab, type Lab } from '../../../src/demo/lab.ts';
import { DEMO_MIX } from '../../../src/demo/mix.ts';
import { checkResult } from '../../../src/ffi/errno.ts';
import { libbpf } from '../../../src/ffi/libbpf.ts';
import type { GeneratorOptions } from '../../../src/generator/options.ts';
import { TestRun } from '../../../src/kernel/test-run.ts';
import { ExporterProcess } from './exporter-process.ts';
import { run } from './namespace.ts';
import { NodeExporter } from './node-exporter.ts';
import { serveObservingNode } from './observing-node.ts';
import { writePast } from './past.ts';
import { PrometheusServer } from './prometheus-server.ts';
import { servePushed } from './pushed.ts';
import { ScriptedCollector } from './scripted-collector.ts';
import type { ServedMetrics } from './served-metrics.ts';

const RULES = fileURLToPath(new URL('../../../../deploy/prometheus/', import.meta.url));

/** Frames per second. */
const RATES = { 'node-1': 40_000, 'node-2': 15_000 } as const;

/** A flood of small frames from a few sources, for the middle third of the time. */
const FLOOD: Pick<GeneratorOptions, 'rate' | 'mix'> = {
  rate: 60_000,
  mix: [
    {
      family: 4,
      protocol: 'udp',
      length: 60,
      sources: { kind: 'skewed', count: 3, prefix: '203.0.113.66/24' },
    },
  ],
};

/** Pushes, where there are any; the interval alone does not switch them on. */
const EVERY_SECOND = { OTEL_METRIC_EXPORT_INTERVAL: '1000' };

/** 25 in so many milliseconds, of each kind. */
const MALFORMED_INTERVAL_MS = 100;

/** The second one has the other names that node_exporter knows. */
const NODE_EXPORTER_FLAGS = [[], ['--collector.netdev.enable-detailed-metrics']] as const;

const WEEK_SECONDS = 7 * 24 * 3600;

interface Node {
  readonly lab: Lab;
  readonly exporter: ExporterProcess;
  readonly nodeExporter: NodeExporter;
}

/** Addresses of what no node is. */
interface Served {
  readonly pushed: ServedMetrics;
  readonly observing: ServedMetrics;
}

/** Whoever starts it closes it. */
export class Fleet {
  readonly prometheus: PrometheusServer;
  readonly #nodes: readonly Node[];
  readonly #served: Served;
  readonly #collector: ScriptedCollector;

  private constructor(
    prometheus: PrometheusServer,
    nodes: readonly Node[],
    served: Served,
    collector: ScriptedCollector,
  ) {
    this.prometheus = prometheus;
    this.#nodes = nodes;
    this.#served = served;
    this.#collector = collector;
  }

  static async start(): Promise<Fleet> {
    const nodes: Node[] = [];
    const pushed = await servePushed(
      async () => (await nodes.at(-1)?.exporter.get('metrics')) ?? '',
    );
    const served = { pushed, observing: await serveObservingNode() };
    const collector = await ScriptedCollector.start();
    const pushing = ['--otlp.endpoint', collector.url];
    try {
      for (const [index, name] of Object.keys(RATES).entries()) {
        const lab = await createLab({ name });
        const args = ['--netns', lab.rx.netns, '--device', lab.rx.device];
        const otlp = name === 'node-2' ? pushing : [];
        const exporter = await ExporterProcess.start([...args, ...otlp], { env: EVERY_SECOND });
        const nodeExporter = await NodeExporter.start(lab.rx.netns, NODE_EXPORTER_FLAGS[index]);
        nodes.push({ lab, exporter, nodeExporter });
      }
      const prometheus = await PrometheusServer.start(configure(nodes, served), lastWeek(nodes));
      return new Fleet(prometheus, nodes, served, collector);
    } catch (error) {
      closeServed(served);
      await collector.close();
      await closeAll(nodes);
      throw error;
    }
  }

  /** The demo's mix on every node, a flood on the first for a third of the time, malformed frames on all. */
  async sendTraffic(seconds: number): Promise<void> {
    const loads: GeneratorProcess[] = [];
    const end = startMalformed(await Promise.all(this.#nodes.map(({ lab }) => programFd(lab))));
    try {
      for (const [index, rate] of Object.values(RATES).entries()) {
        const { tx } = this.#node(index).lab;
        loads.push(startGenerator({ ...tx, durationSeconds: seconds, rate, mix: DEMO_MIX }));
      }
      await sleep((seconds * 1000) / 3);
      const { tx } = this.#node(0).lab;
      loads.push(startGenerator({ ...tx, durationSeconds: seconds / 3, ...FLOOD }));
      await Promise.all(loads.map(({ done }) => done));
    } finally {
      end();
      await Promise.allSettled(loads.map((load) => load.stop()));
    }
  }

  /** The metrics of the first node. */
  async scrape(): Promise<string> {
    return this.#node(0).exporter.get('metrics');
  }

  #node(index: number): Node {
    const node = this.#nodes[index];
    if (node === undefined) {
      throw new Error(`find node ${index}: there are ${this.#nodes.length}`);
    }
    return node;
  }

  async close(): Promise<void> {
    await this.prometheus.close();
    closeServed(this.#served);
    await closeAll(this.#nodes);
    await this.#collector.close();
  }
}

async function closeAll(nodes: readonly Node[]): Promise<void> {
  for (const { lab, exporter, nodeExporter } of nodes) {
    await nodeExporter.close();
    await exporter.close();
    await lab.close();
  }
}

function closeServed({ pushed, observing }: Served): void {
  pushed.close();
  observing.close();
}

/** What each node had a week ago, for as long as a test may take: raw, and as the rules record it. */
function lastWeek(nodes: readonly Node[]): string {
  const start = Math.floor(Date.now() / 1000) - WEEK_SECONDS - 60;
  const series = Object.entries(RATES).flatMap(([instance, rate], index) => {
    const { device = '' } = nodes[index]?.lab.rx ?? {};
    const labels = { job: 'xdp', instance, node: instance, device };
    const recorded = 'job_instance_netns_device_action:xdp_packets:rate5m';
    return [
      {
        name: 'xdp_packets_total',
        labels: { ...labels, action: 'pass' },
        value: (seconds: number) => 0.8 * rate * seconds,
      },
      { name: recorded, labels: { ...labels, action: 'pass' }, value: () => 0.8 * rate },
      {
        name: 'xdp_peak_packets',
        labels: { ...labels, window: '10ms' },
        value: () => 0.01 * rate,
      },
    ];
  });
  return writePast({ start, end: start + 600, stepSeconds: 2, series });
}

/** The last node appears a second time, in the job "pushed"; the one that observes has a job of its own. */
function configure(nodes: readonly Node[], { pushed, observing }: Served): string {
  const names = Object.keys(RATES);
  const targets = names.map((instance, index) => ({
    targets: [new URL(nodes[index]?.exporter.url ?? '').host],
    labels: { instance, node: instance },
  }));
  const nodeTargets = names.map((node, index) => ({
    targets: [nodes[index]?.nodeExporter.address],
    labels: { node },
  }));
  return JSON.stringify({
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    rule_files: [`${RULES}*.rules.yml`],
    scrape_configs: [
      { job_name: 'xdp', static_configs: targets },
      { job_name: 'node', static_configs: nodeTargets },
      {
        job_name: 'xdp-observing',
        static_configs: [{ targets: [observing.address], labels: { instance: 'node-3' } }],
      },
      {
        job_name: 'pushed',
        static_configs: [
          { targets: [pushed.address], labels: { instance: 'node-2', node: 'node-2' } },
        ],
        metric_relabel_configs: parse(readFileSync(`${RULES}pushed.relabel.yml`, 'utf8')),
      },
    ],
  });
}

/** Of the exporter's own program on a lab's device; it stays open as long as this process lives. */
async function programFd({ rx }: Lab): Promise<number> {
  const [link] = JSON.parse(
    await run('ip', '-netns', rx.netns, '-json', '-details', 'link', 'show', rx.device),
  );
  const { value } = libbpf().bpf_prog_get_fd_by_id(link.xdp.prog.id);
  return checkResult(`open program of "${rx.device}"`, value);
}

/** IPv4 that says version 5, and IPv4 that ends in its header. The generator makes only sound frames. */
function startMalformed(programs: readonly number[]): () => void {
  const ethernet = Buffer.from('0278647000020278647000010800', 'hex');
  const wrongVersion = Buffer.concat([ethernet, Buffer.from([0x55]), Buffer.alloc(45)]);
  const truncated = Buffer.concat([ethernet, Buffer.from([0x45]), Buffer.alloc(7)]);
  const runs = programs.flatMap((fd) =>
    [wrongVersion, truncated].map((frame) => new TestRun(fd, frame)),
  );
  const timer = setInterval(() => {
    for (const each of runs) {
      each.run(25);
    }
  }, MALFORMED_INTERVAL_MS);
  return () => clearInterval(timer);
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
