// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import {
  type PresentDevice,
  TracepointPlaces,
} from '../../../src/instruments/tracepoint-places.ts';
import { FakeTracepoints } from './fake-tracepoints.ts';

const NOTHING_UNSEEN: ReadonlySet<string | undefined> = new Set();

function presentOf(
  name: string,
  ifindex: number,
  others: Partial<PresentDevice> = {},
): PresentDevice {
  return { name, inode: 1, ifindex, ...others };
}

describe('TracepointPlaces', () => {
  let kernel: FakeTracepoints;
  let nowMs: number;
  let places: TracepointPlaces;
  beforeEach(() => {
    kernel = new FakeTracepoints();
    nowMs = 100;
    places = new TracepointPlaces(kernel.maps, 2, () => nowMs);
  });

  const follow = (...devices: readonly PresentDevice[]) => places.follow(devices, NOTHING_UNSEEN);
  const placesOf = () => places.devices().map(({ netns, name, place }) => [netns, name, place]);

  it('watch each device by its namespace and index', () => {
    follow(presentOf('eth0', 3), presentOf('eth0', 3, { netns: 'blue', inode: 2 }));
    assert.deepEqual(kernel.watched, ['1 3', '2 3']);
    assert.deepEqual(placesOf(), [
      [undefined, 'eth0', 0],
      ['blue', 'eth0', 1],
    ]);
    assert.equal(places.used, 2);
  });

  it('keep the place of a device that goes, and give it back to one that comes by its name', () => {
    follow(presentOf('eth0', 3));
    nowMs = 200;
    follow();
    assert.deepEqual(kernel.watched, []);
    follow(presentOf('eth0', 9, { inode: 7 }));
    assert.deepEqual(kernel.watched, ['7 9']);
    assert.deepEqual(
      places.devices().map(({ place, startedAtMs }) => [place, startedAtMs]),
      [[0, 100]],
    );
    assert.deepEqual(kernel.events, []);
  });

  it('follow an index from one name to another', () => {
    follow(presentOf('eth0', 3));
    follow(presentOf('eth1', 3));
    assert.deepEqual(kernel.watched, ['1 3']);
    kernel.exception({ inode: 1, ifindex: 3 }, 0);
    assert.equal(kernel.counters.read(2).words.at(kernel.counters.read(1).words.length), 1n);
  });

  it('leave devices of a namespace that could not be looked at as they are', () => {
    follow(presentOf('eth0', 3), presentOf('eth0', 3, { netns: 'blue', inode: 2 }));
    places.follow([], new Set(['blue']));
    assert.deepEqual(kernel.watched, ['2 3']);
  });

  it('take the place of the device that has been away for longest, cleared, but not one that left just now', () => {
    follow(presentOf('a', 1), presentOf('b', 2));
    follow(presentOf('b', 2));
    follow();
    assert.equal(kernel.events.length, 0);
    follow(presentOf('c', 3));
    assert.deepEqual(placesOf(), [
      [undefined, 'b', 1],
      [undefined, 'c', 0],
    ]);
    assert.deepEqual(kernel.events, ['clear 0']);
    // "b" left two calls ago; "c" leaves with this one.
    follow(presentOf('d', 4), presentOf('e', 5));
    assert.deepEqual(placesOf(), [
      [undefined, 'c', 0],
      [undefined, 'd', 1],
    ]);
    assert.deepEqual(kernel.watched, ['1 4']);
    follow(presentOf('d', 4), presentOf('e', 5));
    assert.deepEqual(kernel.watched, ['1 4', '1 5']);
  });

  it('make up in the next call for what the kernel refused', () => {
    kernel.watchFailure = new Error('watch device 3 at tracepoints: ENOMEM');
    assert.throws(() => follow(presentOf('eth0', 3)), /ENOMEM/);
    kernel.watchFailure = undefined;
    follow(presentOf('eth0', 3));
    assert.deepEqual(kernel.watched, ['1 3']);
    assert.deepEqual(placesOf(), [[undefined, 'eth0', 0]]);
  });
});
