// SPDX-License-Identifier: Apache-2.0
// Two nodes under traffic, each a lab with our exporter and a node_exporter, one that observes, and a Prometheus with our rules
// that scrapes them all and remembers the week before. The second node pushes by OTLP as well.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { type GeneratorProcess, startGenerator } from '../../../src/demo/generator-process.ts';
import { createLab, type Lab } from '../../../src/demo/lab.ts';
import { DEMO_MIX } from '../../../src/demo/mix.ts';
import type { GeneratorOptions } from '../../../src/generator/options.ts';
import type { MixEntry } from '../../../src/generator/stream.ts';
import { ExporterProcess } from './exporter-process.ts';
import { pastOf } from './fleet-past.ts';
import { sendMalformed } from './malformed-traffic.ts';
import { NodeExporter } from './node-exporter.ts';
import { serveObservingNode } from './observing-node.ts';
import { PrometheusServer } from './prometheus-server.ts';
import { servePushed } from './pushed.ts';
import { RulesCopy } from './rules-copy.ts';
import { ScriptedCollector } from './scripted-collector.ts';
import type { ServedMetrics } from './served-metrics.ts';

const RULES = fileURLToPath(new URL('../../../../deploy/prometheus/', import.meta.url));

/** Frames per second. */
const RATES = { 'node-1': 40_000, 'node-2': 15_000 } as const;

/** New connections. */
const SYN: MixEntry = {
  family: 4,
  protocol: 'tcp',
  port: 443,
  flags: ['syn'],
  sources: { kind: 'uniform', count: 65_536, prefix: '198.18.0.0/15' },
};

const MIX = [...DEMO_MIX, SYN];

/** A flood of small frames from a few sources, and of SYNs from many, for the middle third of the time. */
const FLOOD: Pick<GeneratorOptions, 'rate' | 'mix'> = {
  rate: 60_000,
  mix: [
    {
      family: 4,
      protocol: 'udp',
      length: 60,
      weight: 2,
      sources: { kind: 'skewed', count: 3, prefix: '203.0.113.66/24' },
    },
    SYN,
  ],
};

/**
 * What is off by default and has panels; and rings so large that no record waits for a reader that has no CPU for a
 * while: sampling would take the peaks away.
 */
const OPTIONS = ['--top.destinations', '20', '--logger.ring-kib', '4096'];

const NETWORKS = 'office: [192.0.2.0/24]\nwest: [203.0.113.0/24, 2001:db8:2::/48]\n';

/** Pushes, where there are any; the interval alone does not switch them on. */
const EVERY_SECOND = { OTEL_METRIC_EXPORT_INTERVAL: '1000' };

/** A group is evaluated first at some time within its interval; and a rate over more than there is is too low. */
const SOON = { 'interval: 1m': 'interval: 5s', '[5m]': '[1m]' };

/** The second one has the other names that node_exporter knows. */
const NODE_EXPORTER_FLAGS = [[], ['--collector.netdev.enable-detailed-metrics']] as const;

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

interface Closable {
  close(): Promise<void> | void;
}

/** Whoever starts it closes it. */
export class Fleet {
  readonly prometheus: PrometheusServer;
  readonly #nodes: readonly Node[];
  /** In the order in which they were opened. */
  readonly #opened: readonly Closable[];

  private constructor(
    prometheus: PrometheusServer,
    nodes: readonly Node[],
    opened: readonly Closable[],
  ) {
    this.prometheus = prometheus;
    this.#nodes = nodes;
    this.#opened = opened;
  }

  static async start(): Promise<Fleet> {
    const opened: Closable[] = [];
    const open = <Each extends Closable>(each: Each): Each => {
      opened.push(each);
      return each;
    };
    const nodes: Node[] = [];
    const networks = mkdtempSync(join(tmpdir(), 'xdp-networks-'));
    opened.push({ close: () => rmSync(networks, { recursive: true }) });
    try {
      const file = join(networks, 'networks.yaml');
      writeFileSync(file, NETWORKS);
      const rules = open(new RulesCopy(SOON));
      const pushed = open(
        await servePushed(async () => (await nodes.at(-1)?.exporter.get('metrics')) ?? ''),
      );
      const observing = open(await serveObservingNode());
      const collector = open(await ScriptedCollector.start());
      for (const [index, name] of Object.keys(RATES).entries()) {
        const lab = open(await createLab({ name }));
        const args = ['--netns', lab.rx.netns, '--device', lab.rx.device, ...OPTIONS];
        args.push('--top.networks-file', file);
        const otlp = name === 'node-2' ? ['--otlp.endpoint', collector.url] : [];
        const environment = { env: EVERY_SECOND };
        const exporter = open(await ExporterProcess.start([...args, ...otlp], environment));
        const flags = NODE_EXPORTER_FLAGS[index];
        const nodeExporter = open(await NodeExporter.start(lab.rx.netns, flags));
        nodes.push({ lab, exporter, nodeExporter });
      }
      const past = pastOf(RATES, nodes[0]?.lab.rx.device ?? '');
      const configuration = configure(nodes, { pushed, observing }, rules);
      const prometheus = open(await PrometheusServer.start(configuration, { past }));
      return new Fleet(prometheus, nodes, opened);
    } catch (error) {
      await closeAll(opened);
      throw error;
    }
  }

  /** The demo's mix on every node, a flood on the first for a third of the time, malformed frames on all. */
  async sendTraffic(seconds: number): Promise<void> {
    const loads: GeneratorProcess[] = [];
    const end = await sendMalformed(this.#nodes.map(({ lab }) => lab));
    try {
      for (const [index, rate] of Object.values(RATES).entries()) {
        const { tx } = this.#node(index).lab;
        loads.push(startGenerator({ ...tx, durationSeconds: seconds, rate, mix: MIX }));
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
    await closeAll(this.#opened);
  }
}

async function closeAll(opened: readonly Closable[]): Promise<void> {
  for (const each of opened.toReversed()) {
    await each.close();
  }
}

/** The last node appears a second time, in the job "pushed"; the one that observes has a job of its own. */
function configure(
  nodes: readonly Node[],
  { pushed, observing }: Served,
  { folder }: RulesCopy,
): string {
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
    rule_files: [`${folder}/*.rules.yml`],
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

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
