// SPDX-License-Identifier: Apache-2.0
// A lab with devices whose names are quotes, braces, escapes and bytes that are no text.
import { cpus } from 'node:os';
import { createLab, type Lab, type LabEnd } from '../../../src/demo/lab.ts';
import { run } from './namespace.ts';

/** What a device is called, and how that is to be shown; a "#" at the end stands for "#" and the index. */
const NAMES: readonly (readonly [rawName: Buffer, shown: string])[] = [
  [Buffer.from('a"b\\{}'), 'a"b\\{}'],
  [bytesOf('et\xffh'), 'et\ufffdh#'],
  [bytesOf('et\xfeh'), 'et\ufffdh#'],
  [Buffer.from('et\ufffdh'), 'et\ufffdh#'],
  [Buffer.from('\u001b[2Jx'), '\u001b[2Jx'],
  [Buffer.from('u\u2028v'), 'u\u2028v'],
  [Buffer.from('b\u202ev'), 'b\u202ev'],
  [Buffer.from('x\u0001\u001cy'), 'x\u0001\u001cy'],
  [Buffer.from('.würfel'), '.würfel'],
  [Buffer.from('*'), '*'],
];

/** A device in the lab's rx end; frames sent through `tx` arrive at it. */
export interface OddDevice {
  readonly rawName: Buffer;
  readonly ifindex: number;
  readonly tx: LabEnd;
}

export interface NamedDevice extends OddDevice {
  /** As the exporter is to show it. */
  readonly shown: string;
}

export interface OddLab {
  readonly lab: Lab;
  /** Beside the lab's own pair. The first is `a"b\\{}`, the second and third differ only in bytes that are no text. */
  readonly devices: readonly NamedDevice[];
}

/** The caller closes the lab, and with it the devices. @param name as of `createLab` */
export async function createOddLab(name: string): Promise<OddLab> {
  const lab = await createLab({ name });
  try {
    const devices: NamedDevice[] = [];
    for (const [serial, [rawName, shown]] of NAMES.entries()) {
      const device = await addOddDevice(lab, rawName, serial);
      devices.push({ ...device, shown: shown.replace(/#$/, `#${device.ifindex}`) });
    }
    return { lab, devices };
  } catch (error) {
    await lab.close();
    throw error;
  }
}

/** One byte for each character, which must be below U+0100. */
export function bytesOf(latin1: string): Buffer {
  return Buffer.from(latin1, 'latin1');
}

/** The kernel refuses "/", ":", ASCII white space, byte 0xa0, and more than 15 bytes. */
export async function addOddDevice(lab: Lab, rawName: Buffer, serial: number): Promise<OddDevice> {
  const tx = { netns: lab.tx.netns, device: `odd${serial}` };
  const queues = `numtxqueues ${cpus().length} numrxqueues ${cpus().length}`;
  const peer = `peer name ${quoteBytes(rawName)} netns ${lab.rx.netns} ${queues}`;
  await runBytes(`ip -n ${tx.netns} link add name ${tx.device} ${queues} type veth ${peer}`);
  await runBytes(`ip -n ${lab.rx.netns} link set dev ${quoteBytes(rawName)} up`);
  await run('ip', '-n', tx.netns, 'link', 'set', 'dev', tx.device, 'up');
  const [link] = JSON.parse(await run('ip', '-n', tx.netns, '-j', 'link', 'show', tx.device));
  return { rawName, ifindex: link.link_index, tx };
}

/** Down and up again, as kernels before 6.2 want it. */
export async function renameOddDevice(lab: Lab, from: Buffer, to: Buffer): Promise<void> {
  const { netns } = lab.rx;
  await runBytes(`ip -n ${netns} link set dev ${quoteBytes(from)} down`);
  await runBytes(`ip -n ${netns} link set dev ${quoteBytes(from)} name ${quoteBytes(to)}`);
  await runBytes(`ip -n ${netns} link set dev ${quoteBytes(to)} up`);
}

/** Node gives arguments as UTF-8 only: these bytes come from the shell, which reads plain ASCII. */
export async function runBytes(script: string): Promise<string> {
  return run('bash', '-c', script);
}

/** A word of bash that is these bytes. */
export function quoteBytes(bytes: Buffer): string {
  const escapes = [...bytes].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`);
  return `$'${escapes.join('')}'`;
}
