// SPDX-License-Identifier: Apache-2.0
// Two devices to attach to, with senders of exact numbers of frames; one that another's program is on, which is observed
// where the kernel lets; and one that comes and goes.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Lab } from '../../../src/demo/lab.ts';
import { listDevices } from '../../../src/kernel/device.ts';
import { withinNamespace } from '../../../src/kernel/net-namespace.ts';
import type { ExporterProcess } from '../../e2e/support/exporter-process.ts';
import { type Samples, sumOf, upOf } from '../../e2e/support/exposition.ts';
import { createOpenLab } from '../../e2e/support/lab.ts';
import { run, until } from '../../e2e/support/namespace.ts';
import { PacketSocket } from '../../kernel/support/packet-socket.ts';
import { udpFrame } from '../../kernel/support/udp-frame.ts';

const FOREIGN = join(fileURLToPath(new URL('../../bpf/', import.meta.url)), 'empty.bpf.o');
const OTHER = 'x0';
const OCCUPIED = 'busy0';
const GUEST = 'f0';

/** Devices that are there for as long as the lab is. */
export const LASTING = ['demo0', OTHER] as const;

export class FaultLab {
  readonly #lab: Lab;
  readonly #senders: readonly PacketSocket[];

  private constructor(lab: Lab, senders: readonly PacketSocket[]) {
    this.#lab = lab;
    this.#senders = senders;
  }

  static async create(): Promise<FaultLab> {
    const lab = await createOpenLab('fault');
    try {
      const { netns } = lab.rx;
      const ip = (...args: string[]) => run('ip', '-n', netns, ...args);
      for (const [device, peer] of [
        [OTHER, 'x1'],
        [OCCUPIED, 'busy1'],
      ] as const) {
        await ip('link', 'add', device, 'type', 'veth', 'peer', 'name', peer);
        await ip('link', 'set', device, 'up');
        await ip('link', 'set', peer, 'up');
      }
      await run('ip', 'netns', 'exec', netns, 'ethtool', '-K', OTHER, 'gro', 'on');
      await ip('link', 'set', 'dev', OCCUPIED, 'xdp', 'obj', FOREIGN, 'sec', 'xdp');
      return new FaultLab(lab, [sender(lab.tx.netns, lab.tx.device), sender(netns, 'x1')]);
    } catch (error) {
      await lab.close();
      throw error;
    }
  }

  get args(): readonly string[] {
    const devices = [...LASTING, OCCUPIED, 'f*'].flatMap((device) => ['--device', device]);
    return ['--netns', this.#lab.rx.netns, ...devices];
  }

  /** So many to each of the lasting devices. */
  send(frames: number): void {
    for (const socket of this.#senders) {
      socket.send(udpFrame(1), frames);
    }
  }

  /** A device comes, or has gone. */
  async guest(there: boolean): Promise<void> {
    const words = there ? ['add', GUEST, 'type', 'veth', 'peer', 'name', 'f1'] : ['del', GUEST];
    await this.#ip('link', ...words);
  }

  /** Another program takes the place of the one that is not ours. */
  async replaceOccupant(): Promise<void> {
    await this.#ip('-force', 'link', 'set', 'dev', OCCUPIED, 'xdp', 'obj', FOREIGN, 'sec', 'xdp');
  }

  /** Of what is attached to the first device. */
  async programId(): Promise<number | undefined> {
    const [link] = JSON.parse(await this.#ip('-j', '-d', 'link', 'show', LASTING[0]));
    return link.xdp?.prog?.id;
  }

  async close(): Promise<void> {
    for (const socket of this.#senders) {
      socket.close();
    }
    await this.#lab.close();
  }

  #ip(...args: string[]): Promise<string> {
    return run('ip', '-n', this.#lab.rx.netns, ...args);
  }
}

function sender(netns: string, device: string): PacketSocket {
  return withinNamespace(`/run/netns/${netns}`, () => {
    const found = listDevices().find(({ name }) => name === device);
    return new PacketSocket(found?.ifindex ?? 0);
  });
}

/** What an exposition says of itself that is missing: collectors that failed, devices that are down. */
export function flawsOf(samples: Samples): readonly string[] {
  const flaws: string[] = LASTING.filter((device) => upOf(samples, device) !== 1);
  for (const [series, value] of samples) {
    const name = /^xdp_scrape_collector_success\{collector="(\w+)"/.exec(series)?.[1];
    if (name !== undefined && value === 0) {
      flaws.push(name);
    }
  }
  return flaws.toSorted();
}

/** Of each lasting device; undefined where it is not there. */
export function countsOf(samples: Samples): Readonly<Record<string, number | undefined>> {
  return Object.fromEntries(
    LASTING.map((device) => {
      const isThere = [...samples.keys()].some(
        (name) => name.startsWith('xdp_packets_total{') && name.includes(`device="${device}"`),
      );
      return [device, isThere ? sumOf(samples, 'xdp_packets_total', { device }) : undefined];
    }),
  );
}

/** Each device shows what it was sent, or nothing and says so, or is down and shows no more than that. */
export function assertNoLie(samples: Samples, sent: number): void {
  const flaws = flawsOf(samples);
  if (!flaws.includes('logger')) {
    const records = sumOf(samples, 'xdp_logger_packets_total');
    const pending = sumOf(samples, 'xdp_logger_pending_packets');
    const all = sumOf(samples, 'xdp_packets_total');
    assert.ok(flaws.includes('traffic') || records + pending === all, `${records} of ${all}`);
  }
  for (const [device, count] of Object.entries(countsOf(samples))) {
    if (count === undefined) {
      assert.ok(flaws.includes('traffic') || flaws.includes(device), `${device} is absent`);
    } else if (!flaws.includes(device)) {
      assert.equal(count, sent, device);
    }
  }
}

/** Whatever was made to fail before, all works in the end. */
export async function assertRecovers(exporter: ExporterProcess): Promise<void> {
  let flaws: readonly string[] = [];
  const isSound = async () => {
    flaws = flawsOf(await exporter.scrape());
    return flaws.length === 0;
  };
  await until('all is well', isSound, 12).catch((cause: unknown) => {
    throw new Error(`it stays without ${flaws.join(', ')}:\n${exporter.log}`, { cause });
  });
}
