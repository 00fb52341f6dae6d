// SPDX-License-Identifier: Apache-2.0
// A lab whose exporters keep their state in a BPF file system, and what one says of it.
import type { Lab } from '../../../src/demo/lab.ts';
import { readProtobuf } from '../../unit/export/protobuf/read-protobuf.ts';
import { type BpfFileSystem, mountBpfFileSystem } from './bpf-file-system.ts';
import { ExporterProcess, type SpawnOptions } from './exporter-process.ts';
import { ACCEPT_PROTOBUF, type Samples, sumOf } from './exposition.ts';
import { createOpenLab } from './lab.ts';
import { run } from './namespace.ts';

export class PinnedLab {
  readonly lab: Lab;
  readonly bpf: BpfFileSystem;

  private constructor(lab: Lab, bpf: BpfFileSystem) {
    this.lab = lab;
    this.bpf = bpf;
  }

  static async create(name: string): Promise<PinnedLab> {
    const lab = await createOpenLab(name);
    try {
      return new PinnedLab(lab, await mountBpfFileSystem());
    } catch (error) {
      await lab.close();
      throw error;
    }
  }

  get args(): readonly string[] {
    return [
      ...['--netns', this.lab.rx.netns, '--device', this.lab.rx.device],
      ...['--state.pin', this.bpf.pins],
    ];
  }

  start(args: readonly string[] = [], options: SpawnOptions = {}): Promise<ExporterProcess> {
    return ExporterProcess.start([...this.args, ...args], options);
  }

  async programId(): Promise<number | undefined> {
    const { netns, device } = this.lab.rx;
    const [link] = JSON.parse(await run('ip', '-n', netns, '-j', '-d', 'link', 'show', device));
    return link.xdp?.prog?.id;
  }

  async close(): Promise<void> {
    await this.lab.close();
    await this.bpf.close();
  }
}

/** When the counter of packets that passed began, in seconds. */
export async function createdOf(exporter: ExporterProcess): Promise<number> {
  const response = await fetch(new URL('metrics', exporter.url), {
    headers: { accept: ACCEPT_PROTOBUF },
  });
  const families = readProtobuf(new Uint8Array(await response.arrayBuffer()));
  const { metric = [] } = families.find(({ name }) => name === 'xdp_packets_total') ?? {};
  const pass = metric.find(({ label = [] }) => label.some(({ value }) => value === 'pass'));
  const { seconds = 0, nanos = 0 } = pass?.counter?.created_timestamp ?? {};
  return Number(seconds) + nanos / 1e9;
}

export function bytesOf(samples: Samples): number {
  return sumOf(samples, 'xdp_bytes_total', { action: 'pass' });
}
