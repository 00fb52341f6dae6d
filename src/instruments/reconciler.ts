// SPDX-License-Identifier: Apache-2.0
// Brings what is wanted to what is there, in every network namespace: lets devices go, gives slots, opens instruments.
import type { Device } from '../kernel/device.ts';
import { PROGRESS } from '../log.ts';
import { explainReason } from '../reasons.ts';
import { stacksOf } from './device-stack.ts';
import type { Scene } from './scene.ts';
import type { SlotTable } from './slots.ts';
import { type DeviceName, fieldsOf, type WatchContext } from './watch-context.ts';
import type { WatchedDevice } from './watched-device.ts';

/** All namespaces at one moment. */
export interface Look<Each extends Scene> {
  /** Those that are watched, each under a label of its own. */
  readonly scenes: readonly Each[];
  /** Labels of namespaces that are watched, but could not be looked at: their devices stay as they are. */
  readonly unseen: ReadonlySet<string | undefined>;
  /** Does the work in the namespace of the scene. What it throws ends the update; the next one makes up for it. */
  enter(scene: Each, work: () => void): void;
}

/** A scene that is quick to look up. */
interface Stage<Each extends Scene> {
  readonly scene: Each;
  readonly names: ReadonlySet<string>;
  readonly devices: ReadonlyMap<string, Device> | undefined;
}

/** A device that is to have an instrument now. */
interface Due {
  readonly watched: WatchedDevice;
  readonly device: Device;
}

/** So many devices take long enough for somebody to ask what is being done. */
const MANY = 10;

export class Reconciler {
  readonly #slots: SlotTable;
  readonly #context: Pick<WatchContext, 'log' | 'downLevel'>;
  readonly #afterDevice: () => void;
  /** Devices that are wanted while every slot is taken, by the label of their namespace. */
  readonly #leftOut = new Map<string | undefined, ReadonlySet<string>>();

  /** @param afterDevice called after each device that is looked at: hundreds of them take longer than rings can wait */
  constructor(
    slots: SlotTable,
    context: Pick<WatchContext, 'log' | 'downLevel'>,
    afterDevice: () => void,
  ) {
    this.#slots = slots;
    this.#context = context;
    this.#afterDevice = afterDevice;
  }

  /** Devices that are wanted and have no slot. */
  leftOut(): readonly DeviceName[] {
    return [...this.#leftOut].flatMap(([netns, names]) =>
      [...names].map((name) => nameIn(netns, name)),
    );
  }

  /** Why what is wanted is not up, one sentence each. */
  problems(): readonly string[] {
    const messages = this.#slots.devices().flatMap(({ down }) => down?.message ?? []);
    return [...messages, ...this.leftOut().map(noSlot)];
  }

  /**
   * Lets go of what is not wanted or not there any more in all namespaces before it opens anything in one: a device
   * that has moved from one to another is free by then.
   */
  update<Each extends Scene>({ scenes, unseen, enter }: Look<Each>): void {
    const stages = new Map(scenes.map((scene) => [scene.netns, stageOf(scene)]));
    for (const watched of this.#slots.devices().filter(({ netns }) => !unseen.has(netns))) {
      this.#review(watched, stages.get(watched.netns));
      this.#afterDevice();
    }
    for (const netns of [...this.#leftOut.keys()]) {
      if (!stages.has(netns) && !unseen.has(netns)) {
        this.#leftOut.delete(netns);
      }
    }
    for (const stage of stages.values()) {
      const due = this.#findDue(stage);
      if (due.length > 0) {
        enter(stage.scene, () => this.#openAll(due));
      }
    }
  }

  /** Closes every instrument for good, the last one first, and keeps what was counted. */
  close(): void {
    for (const watched of this.#slots.devices().toReversed()) {
      watched.stop();
    }
  }

  #review(watched: WatchedDevice, stage: Stage<Scene> | undefined): void {
    const { isWanted, name } = watched;
    if (stage !== undefined && stage.devices === undefined) {
      // What a glob or a route led to in a namespace that has gone is missing, not unwanted.
      if (isWanted) {
        watched.missNamespace();
      }
    } else if (stage?.names.has(name) === true) {
      const device = stage.devices?.get(name);
      watched.noticeLoss(targetOf(stage.scene, device), device?.xdp);
    } else if (isWanted) {
      this.#slots.letGo(watched);
    }
  }

  /** Gives every device that is wanted its slot, and finds those whose instrument is to be opened now. */
  #findDue({ scene, names, devices }: Stage<Scene>): readonly Due[] {
    const due: Due[] = [];
    const without = new Set<string>();
    const stacks = stacksOf(names, scene.present ?? []);
    for (const name of names) {
      const watched = this.#slots.want(nameIn(scene.netns, name));
      const device = devices?.get(name);
      const target = targetOf(scene, device);
      if (watched === undefined) {
        without.add(name);
        continue;
      }
      watched.stack = stacks.get(name) ?? {};
      if (devices === undefined) {
        watched.missNamespace();
      } else if (device === undefined || target === undefined) {
        watched.miss(devices.keys());
      } else if (watched.isDue(target, device.xdp)) {
        due.push({ watched, device });
      }
    }
    this.#leaveOut(scene.netns, without);
    return due;
  }

  #openAll(due: readonly Due[]): void {
    for (const [index, { watched, device }] of due.entries()) {
      watched.open(device);
      this.#afterDevice();
      if (due.length >= MANY) {
        const progress = { doing: 'attaching to devices', done: index + 1, of: due.length };
        this.#context.log.debug(PROGRESS, progress);
      }
    }
  }

  #leaveOut(netns: string | undefined, names: ReadonlySet<string>): void {
    const { log, downLevel } = this.#context;
    const before = this.#leftOut.get(netns);
    this.#leftOut.set(netns, names);
    for (const name of names) {
      if (before?.has(name) !== true) {
        log[downLevel](noSlot({ name }), fieldsOf(nameIn(netns, name)));
      }
    }
  }
}

function stageOf<Each extends Scene>(scene: Each): Stage<Each> {
  const { wanted, present } = scene;
  return {
    scene,
    names: new Set(wanted),
    devices: present && new Map(present.map((device) => [device.name, device])),
  };
}

function nameIn(netns: string | undefined, name: string): DeviceName {
  return netns === undefined ? { name } : { netns, name };
}

/** A name and an index alone may come back on another device in a namespace that was made anew. */
function targetOf({ identity }: Scene, device: Device | undefined): string | undefined {
  return device && `${identity} ${device.ifindex}`;
}

function noSlot({ name }: DeviceName): string {
  return `count device "${name}": ${explainReason('left_out')}`;
}
