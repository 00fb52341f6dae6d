// SPDX-License-Identifier: Apache-2.0
// A kernel in memory: devices that come, go, refuse and are taken, and counters that a test sets.

import type { Attachment, Kernel, Occupant } from '../../../src/engine/kernel.ts';
import type { EngineOptions } from '../../../src/engine/messages.ts';
import { SystemError } from '../../../src/errors.ts';
import { ACTION_COUNT, MAX_DEVICES, SIZE_SLOTS } from '../../../src/kernel/abi.ts';
import type { Device } from '../../../src/kernel/device.ts';
import type { AttachMode } from '../../../src/kernel/xdp-link.ts';
import { createLogger, type Logger, type LogRecord } from '../../../src/log.ts';
import { FakePerCpuReader } from '../collector/fake-reader.ts';

export class FakeKernel implements Kernel {
  readonly possibleCpus: readonly number[];
  readonly traffic: FakePerCpuReader;
  readonly packetSizes: FakePerCpuReader;
  readonly drivers = new Map<string, string>();
  readonly occupants = new Map<number, Occupant>();
  /** Thrown by an attach to this device, by its name, or by "name mode". */
  readonly refusals = new Map<string, unknown>();
  /** What was done, in order: "attach eth0 0 native", "close eth0", "clear 0", "close". */
  readonly events: string[] = [];
  readonly attachments = new Map<string, FakeAttachment>();
  present: Device[] = [];
  online: number[];
  route: string | undefined;
  native: boolean | undefined = true;

  constructor(possibleCpus: readonly number[] = [0, 1, 2, 3]) {
    this.possibleCpus = possibleCpus;
    this.online = [...possibleCpus];
    this.traffic = new FakePerCpuReader(MAX_DEVICES * ACTION_COUNT, possibleCpus.length, 2);
    this.packetSizes = new FakePerCpuReader(MAX_DEVICES, possibleCpus.length, SIZE_SLOTS + 1);
  }

  /** Devices by these names, with the indexes 1, 2, ... */
  plug(...names: readonly string[]): void {
    const taken = Math.max(0, ...this.present.map(({ ifindex }) => ifindex));
    this.present.push(...names.map((name, index) => ({ name, ifindex: taken + index + 1 })));
  }

  unplug(name: string): void {
    this.present = this.present.filter((device) => device.name !== name);
  }

  // Properties and not methods: a session may hand on a copy of its kernel.
  readonly onlineCpus = () => this.online;
  devices = (): readonly Device[] => this.present;
  readonly defaultRouteDevice = () => this.route;
  readonly occupant = (ifindex: number) => this.occupants.get(ifindex);
  readonly hasNativeXdp = (_ifindex: number) => this.native;
  readonly driver = ({ name }: Device) => this.drivers.get(name);
  readonly clearSlot = (slot: number) => void this.events.push(`clear ${slot}`);
  readonly close = () => void this.events.push('close');

  readonly attach = ({ name }: Device, slot: number, mode: AttachMode): Attachment => {
    this.events.push(`attach ${name} ${slot} ${mode}`);
    const refusal = this.refusals.get(name) ?? this.refusals.get(`${name} ${mode}`);
    if (refusal !== undefined) {
      throw refusal;
    }
    const attachment = new FakeAttachment(mode, this.events.length, () =>
      this.events.push(`close ${name}`),
    );
    this.attachments.set(name, attachment);
    return attachment;
  };

  readonly logger = new FakePerCpuReader(0, 0, 0);
  readonly mapBatches = () => withoutLogger();
  readonly openRing = () => withoutLogger();

  refuse(name: string, code: string): void {
    this.refusals.set(name, new SystemError('attach XDP', code));
  }
}

export class FakeAttachment implements Attachment {
  readonly info;
  readonly close: () => void;
  /** False: someone else has detached it. */
  attached = true;

  constructor(mode: AttachMode, id: number, close: () => void) {
    this.info = { name: 'xdp_exporter', id, tag: 'feedface', mode };
    this.close = close;
  }

  isAttached(): boolean {
    return this.attached;
  }
}

export class FakeLog {
  readonly records: LogRecord[] = [];
  readonly logger: Logger = createLogger((record) => this.records.push(record));

  /** The messages of a level so far, in order. */
  at(level: LogRecord['level']): string[] {
    return this.records.filter((record) => record.level === level).map(({ message }) => message);
  }
}

export function optionsOf(
  selection: Partial<EngineOptions['selection']>,
  others: Partial<EngineOptions> = {},
): EngineOptions {
  return {
    selection: { include: [], exclude: [], defaultRoute: false, ...selection },
    xdpMode: 'auto',
    packetSizes: true,
    strict: false,
    rescanIntervalMs: 1000,
    ...others,
  };
}

function withoutLogger(): never {
  throw new Error('the fake kernel has no logger');
}
