// SPDX-License-Identifier: Apache-2.0
// A simple model of what befalls devices and namespaces, and of what a reconciler may make of it.
import assert from 'node:assert/strict';
import { InstrumentError } from '../../../src/instruments/instrument.ts';
import type { Scene } from '../../../src/instruments/scene.ts';
import { deviceOf } from './devices.ts';
import { Machine } from './machine.ts';

export const NAMES = ['a', 'b', 'c', 'd', 'e'] as const;
export const NAMESPACES = ['blue', 'red'] as const;
const SLOTS = 3;

/** A namespace of the model. */
class Place {
  identity = 1;
  isThere = true;
  isWatched = true;
  /** This look cannot see it. */
  isBlind = false;
  readonly wanted = new Set<string>();
  /** By name: its index. */
  readonly present = new Map<string, number>();
}

/** What the model knows of a device that has a slot. */
interface Owner {
  readonly key: string;
  startedAtMs: number | undefined;
  isWanted: boolean;
  unwantedAtMs: number;
}

/** Events and looks, and a check of what a look has done. */
export class History {
  readonly machine = new Machine(SLOTS);
  readonly places = new Map<string, Place>(NAMESPACES.map((netns) => [netns, new Place()]));
  /** By slot, as of the last look. */
  owners = new Map<number, Owner>();
  #lastIndex = 0;

  constructor() {
    for (const netns of NAMESPACES) {
      for (const name of NAMES) {
        this.apply({ kind: 'plug', netns, name });
      }
    }
  }

  apply(event: { kind: string; netns: string; name?: string }): void {
    const place = this.places.get(event.netns) as Place;
    const name = event.name ?? '';
    const actions: Record<string, () => void> = {
      plug: () => place.present.has(name) || place.present.set(name, ++this.#lastIndex),
      unplug: () => place.present.delete(name),
      recreate: () => place.present.set(name, ++this.#lastIndex),
      take: () => this.machine.takeAway(name),
      refuse: () => this.machine.refusals.set(name, new InstrumentError('occupied', 'occupied')),
      admit: () => this.machine.refusals.delete(name),
      want: () => place.wanted.add(name),
      drop: () => place.wanted.delete(name),
      delete: () => {
        place.isThere = false;
      },
      remake: () => {
        place.isThere = true;
        place.identity++;
      },
      ignore: () => {
        place.isWatched = false;
      },
      watch: () => {
        place.isWatched = true;
      },
      blind: () => {
        place.isBlind = true;
      },
    };
    actions[event.kind]?.();
  }

  look(): void {
    const watched = [...this.places].filter(([, { isWatched }]) => isWatched);
    const scenes = watched
      .filter(([, { isBlind }]) => !isBlind)
      .map(([netns, place]): Scene => {
        const wanted = [...place.wanted];
        const { identity } = place;
        const present = [...place.present].map(([name, index]) => deviceOf(name, index));
        return place.isThere
          ? { netns, identity: String(identity), wanted, present }
          : { netns, wanted, present: undefined };
      });
    const unseen = watched.flatMap(([netns, { isBlind }]) => (isBlind ? [netns] : []));
    this.machine.look(scenes, unseen);
  }

  /** What must hold after every look, given what held before it. */
  check(): void {
    const { machine } = this;
    const cleared = new Set(
      machine
        .events()
        .flatMap((event) => (event.startsWith('clear') ? [Number(event.slice(6))] : [])),
    );
    const devices = machine.slots.devices();
    const now = new Map(
      devices.map((device): [number, Owner] => {
        const { netns, name, slot, start, isWanted, unwantedAtMs } = device;
        const { startedAtMs } = start.times;
        return [slot, { key: `${netns}/${name}`, startedAtMs, isWanted, unwantedAtMs }];
      }),
    );
    assert.ok(
      devices.every(({ isWanted, down }) => isWanted || down === undefined),
      'unwanted, down',
    );
    assert.equal(now.size, devices.length, 'two devices in one slot');
    assert.equal(new Set([...now.values()].map(({ key }) => key)).size, now.size, 'two slots');
    for (const [slot, before] of this.owners) {
      this.#checkOwner(slot, before, now.get(slot), cleared);
    }
    for (const slot of cleared) {
      assert.ok(this.owners.has(slot), 'cleared a slot that nobody had');
    }
    this.#checkWanted();
    this.owners = now;
  }

  /** A device that was counted keeps slot and start, or is the one that nobody wanted for longest. */
  #checkOwner(
    slot: number,
    before: Owner,
    after: Owner | undefined,
    cleared: ReadonlySet<number>,
  ): void {
    const place = this.places.get(before.key.split('/')[0] as string) as Place;
    if (place.isWatched && place.isBlind && before.isWanted) {
      assert.deepEqual(after, before, 'a look changed what it did not see');
    }
    if (after?.key === before.key && !before.isWanted && !after.isWanted) {
      assert.equal(after.unwantedAtMs, before.unwantedAtMs, `${before.key} was let go twice`);
    }
    if (before.startedAtMs === undefined) {
      return;
    }
    if (after?.key === before.key) {
      assert.equal(after.startedAtMs, before.startedAtMs, `${before.key} began anew`);
      assert.ok(!cleared.has(slot), `${before.key} was cleared`);
      return;
    }
    assert.ok(after !== undefined, `${before.key} lost its slot to nobody`);
    assert.ok(cleared.has(slot), `slot ${slot} was passed on as it was`);
    assert.equal(before.isWanted, false, `${before.key} was wanted and lost its slot`);
    assert.ok(this.machine.nowMs - before.unwantedAtMs >= 100, `${before.key} was not quiet`);
    assert.equal(this.machine.slots.devices().length, SLOTS, 'a slot was free');
    for (const { unwantedAtMs, isWanted } of this.machine.slots.devices()) {
      assert.ok(isWanted || unwantedAtMs >= before.unwantedAtMs, 'another was unwanted for longer');
    }
  }

  /** Whoever is wanted has a slot, or is left out because no slot could be taken back. */
  #checkWanted(): void {
    const { machine } = this;
    const leftOut = machine.reconciler.leftOut().map(({ netns, name }) => `${netns}/${name}`);
    for (const [netns, place] of this.places) {
      const isAnyLeftOut = leftOut.some((key) => key.startsWith(netns));
      assert.ok(place.isWatched || !isAnyLeftOut, `left out in ${netns}, which nobody watches`);
      if (place.isWatched && !place.isBlind) {
        for (const name of place.wanted) {
          this.#checkDevice(netns, name, place, leftOut);
        }
        assert.ok(!isAnyLeftOut || this.#isFull(), 'left out, though there was a slot to have');
      }
    }
  }

  #checkDevice(netns: string, name: string, place: Place, leftOut: readonly string[]): void {
    const device = this.machine.find(name, netns);
    const key = `${netns}/${name}`;
    assert.equal(device === undefined, leftOut.includes(key), `${key} is in both or neither`);
    if (device !== undefined) {
      const isThere = place.isThere && place.present.has(name);
      assert.equal(device.isWanted, true, key);
      assert.equal(device.instrument === undefined, device.down !== undefined, key);
      assert.ok(isThere || device.instrument === undefined, `${key} is up and not there`);
    }
  }

  #isFull(): boolean {
    const devices = this.machine.slots.devices();
    return (
      devices.length === SLOTS &&
      devices.every((device) => device.isWanted || this.machine.nowMs - device.unwantedAtMs < 100)
    );
  }
}
