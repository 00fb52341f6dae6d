// SPDX-License-Identifier: Apache-2.0
// A real node_exporter that sees the devices of another network namespace and answers in ours.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { until } from './namespace.ts';

/** What the dashboards ask for, and nothing of this machine's disks. */
const COLLECTORS = [
  '--collector.disable-defaults',
  '--collector.netdev',
  '--collector.softnet',
  '--collector.netstat',
];

export class NodeExporter {
  readonly #child: ChildProcess;
  /** Host and port. */
  readonly address: string;

  private constructor(child: ChildProcess, address: string) {
    this.#child = child;
    this.address = address;
  }

  /**
   * A socket belongs to the namespace in which it was made. It is handed over as systemd does: as descriptor 3.
   * @param flags of node_exporter, beside the collectors
   */
  static async start(netns: string, flags: readonly string[] = []): Promise<NodeExporter> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const inside = ['nsenter', `--net=/run/netns/${netns}`, 'prometheus-node-exporter'];
    const command = [...inside, '--web.systemd-socket', ...COLLECTORS, ...flags].join(' ');
    const child = spawn('sh', ['-c', `LISTEN_PID=$$ LISTEN_FDS=1 exec ${command}`], {
      stdio: ['ignore', 'ignore', 'ignore', descriptorOf(server)],
    });
    server.close();
    const exporter = new NodeExporter(child, address);
    try {
      const isReady = async () =>
        (await fetch(`http://${address}/metrics`).catch(() => undefined))?.ok === true;
      await until('node_exporter answers', isReady, 20);
      return exporter;
    } catch (error) {
      await exporter.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.#child.kill();
      await once(this.#child, 'exit');
    }
  }
}

/** Node.js knows it, though its types do not say so. */
function descriptorOf(server: Server): number {
  return (server as unknown as { _handle: { fd: number } })._handle.fd;
}
