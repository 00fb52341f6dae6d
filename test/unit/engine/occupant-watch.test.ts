// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { OccupantWatch } from '../../../src/engine/occupant-watch.ts';
import type { WatchedDevice } from '../../../src/instruments/watched-device.ts';
import { NamespaceLostError } from '../../../src/kernel/net-namespace.ts';
import { deviceOf } from '../instruments/devices.ts';

type Watched = Pick<WatchedDevice, 'name' | 'netns' | 'isWanted' | 'instrument'>;

function watchedOf(name: string, others: Partial<Watched> = {}): WatchedDevice {
  return { name, isWanted: true, ...others } as WatchedDevice;
}

function instrumentOf(role: 'attached' | 'observed'): NonNullable<Watched['instrument']> {
  const info = { role, name: 'x', id: 1, tag: '', mode: 'native' } as const;
  return { info, isUp: () => true, close: () => {} };
}

describe('OccupantWatch', () => {
  /** By index. */
  let programs: Map<number, number | undefined>;
  let asked: number[];
  let entered: string[];
  let failure: unknown;
  let watch: OccupantWatch<string>;
  beforeEach(() => {
    programs = new Map();
    asked = [];
    entered = [];
    failure = undefined;
    const programId = (ifindex: number) => {
      asked.push(ifindex);
      return programs.get(ifindex);
    };
    watch = new OccupantWatch({ programId }, (place, work) => {
      entered.push(place);
      if (failure !== undefined) {
        throw failure;
      }
      work();
    });
  });

  const eth0 = deviceOf('eth0', 1, { xdp: { native: 9, generic: 0, offload: 0 } });
  const eth1 = deviceOf('eth1', 2);

  it('sees that a program came, was replaced or left, once each', () => {
    watch.follow(
      [{ place: 'home', netns: undefined, devices: [eth0, eth1] }],
      [watchedOf('eth0', { instrument: instrumentOf('observed') }), watchedOf('eth1')],
    );
    const changes = [
      [9, 0, false],
      [10, 0, true],
      [10, 0, false],
      [0, 0, true],
      [0, 4, true],
      [undefined, 4, false],
    ] as const;
    for (const [index, [first, second, isChanged]] of changes.entries()) {
      programs.set(1, first);
      programs.set(2, second);
      assert.equal(watch.changed(1000 * index), isChanged, `change ${index}`);
    }
  });

  it('asks at most some times a second', () => {
    watch.follow([{ place: 'home', netns: undefined, devices: [eth0] }], [watchedOf('eth0')]);
    programs.set(1, 9);
    for (let nowMs = 0; nowMs < 1000; nowMs += 100) {
      watch.changed(nowMs);
    }
    assert.deepEqual(asked, [1, 1, 1]);
  });

  it('leaves alone what nobody wants, what holds our program, and namespaces without a device', () => {
    watch.follow(
      [
        { place: 'home', netns: undefined, devices: [eth0, eth1] },
        { place: 'blue', netns: 'blue', devices: [eth0] },
      ],
      [
        watchedOf('eth0', { isWanted: false }),
        watchedOf('eth1', { instrument: instrumentOf('attached') }),
        watchedOf('eth0', { netns: 'blue' }),
      ],
    );
    programs.set(1, 9);
    assert.equal(watch.changed(0), false);
    assert.deepEqual([entered, asked], [['blue'], [1]]);
  });

  it('calls for a look where a namespace cannot be entered, and hands on that there is no way back', () => {
    watch.follow(
      [{ place: 'blue', netns: 'blue', devices: [eth0] }],
      [watchedOf('eth0', { netns: 'blue' })],
    );
    failure = new Error('gone');
    assert.equal(watch.changed(0), true);
    failure = new NamespaceLostError('lost');
    assert.throws(() => watch.changed(1000), NamespaceLostError);
  });
});
