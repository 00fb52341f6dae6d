// SPDX-License-Identifier: Apache-2.0
// A reconciler over a kernel in memory: namespaces with devices, instruments that a test refuses or takes away, a clock.
import type { Instrument } from '../../../src/instruments/instrument.ts';
import { Reconciler } from '../../../src/instruments/reconciler.ts';
import type { Scene } from '../../../src/instruments/scene.ts';
import { SlotTable } from '../../../src/instruments/slots.ts';
import type { WatchedDevice } from '../../../src/instruments/watched-device.ts';
import type { Device } from '../../../src/kernel/device.ts';
import { FakeLog } from '../fake-log.ts';
import { deviceOf } from './devices.ts';

export class FakeInstrument implements Instrument {
  readonly info;
  /** False: someone else has taken it away. */
  isHeld = true;
  readonly #closed: () => void;

  constructor(id: number, closed: () => void) {
    this.info = {
      name: 'xdp_exporter',
      id,
      tag: 'feedface',
      mode: 'native',
      role: 'attached',
    } as const;
    this.#closed = closed;
  }

  isUp(): boolean {
    return this.isHeld;
  }

  close(): void {
    this.#closed();
  }
}

export class Machine {
  readonly log = new FakeLog();
  readonly slots: SlotTable;
  readonly reconciler: Reconciler;
  /** Thrown where a device of this name is opened. */
  readonly refusals = new Map<string, unknown>();
  /** The last one of each device, by name. */
  readonly instruments = new Map<string, FakeInstrument>();
  /** What is there in the exporter's own namespace. */
  present: Device[] = [];
  nowMs = 1_000;
  wallMs = 1_700_000_000_000;
  /** Times that it was called between devices. */
  pauses = 0;
  /** What was done, in order: "open eth0 0", "close eth0", "clear 0", "enter blue". */
  #events: string[] = [];
  #lastIndex = 0;
  #lastId = 0;

  constructor(slots = 8, downLevel: 'debug' | 'warn' = 'warn') {
    const context = {
      open: (device: Device, slot: number, netns?: string) => this.#open(device, slot, netns),
      log: this.log.log,
      downLevel,
      nowMs: () => this.nowMs,
      wallMs: () => this.wallMs,
    };
    this.slots = new SlotTable(slots, context, (slot) => this.#events.push(`clear ${slot}`));
    this.reconciler = new Reconciler(this.slots, context, () => {
      this.pauses++;
    });
  }

  /** Devices that were not there before: each has an index of its own. */
  plug(...names: readonly string[]): void {
    this.present.push(...names.map((name) => deviceOf(name, ++this.#lastIndex)));
  }

  unplug(...names: readonly string[]): void {
    this.present = this.present.filter(({ name }) => !names.includes(name));
  }

  /** Of the exporter's own namespace. */
  want(...wanted: readonly string[]): void {
    this.look([{ identity: 'own', wanted, present: this.present }]);
  }

  look(scenes: readonly Scene[], unseen: readonly (string | undefined)[] = []): void {
    this.reconciler.update({
      scenes,
      unseen: new Set(unseen),
      enter: ({ netns }, work) => {
        if (netns !== undefined) {
          this.#events.push(`enter ${netns}`);
        }
        work();
      },
    });
  }

  /** As another process would: the instrument is not in the kernel any more. */
  takeAway(name: string): void {
    const instrument = this.instruments.get(name);
    if (instrument !== undefined) {
      instrument.isHeld = false;
    }
  }

  /** What was done since this was last called. */
  events(): string[] {
    return this.#events.splice(0);
  }

  find(name: string, netns?: string): WatchedDevice | undefined {
    return this.slots.devices().find((device) => device.name === name && device.netns === netns);
  }

  slotsByName(): Record<string, number> {
    return Object.fromEntries(this.slots.devices().map(({ name, slot }) => [name, slot]));
  }

  #open({ name }: Device, slot: number, netns: string | undefined): Instrument {
    const shown = netns === undefined ? name : `${netns}/${name}`;
    this.#events.push(`open ${shown} ${slot}`);
    const refusal = this.refusals.get(name);
    if (refusal !== undefined) {
      throw refusal;
    }
    const instrument = new FakeInstrument(++this.#lastId, () =>
      this.#events.push(`close ${shown}`),
    );
    this.instruments.set(name, instrument);
    return instrument;
  }
}
