// SPDX-License-Identifier: Apache-2.0
// Which programs of an earlier process this one goes on with.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fitsDevice, Inheritance } from '../../../src/instruments/inheritance.ts';
import type { Scene } from '../../../src/instruments/scene.ts';
import type { LinkState } from '../../../src/kernel/xdp-link.ts';
import { FakeLog } from '../fake-log.ts';
import { deviceOf } from './devices.ts';

const OPTIONS = { mode: 'auto', deviceModes: [], xdpMode: 'auto', attachDelayMs: 0 } as const;
const LINK: LinkState = { programId: 7, ifindex: 3 };
const NATIVE = { native: 7, generic: 0, offload: 0 };
const GENERIC = { native: 0, generic: 7, offload: 0 };
const eth0 = deviceOf('eth0', 3, { xdp: NATIVE });

describe('a pinned program', () => {
  it('fits the device that it is on', () => {
    assert.equal(fitsDevice(LINK, eth0, OPTIONS), true);
    assert.equal(fitsDevice(LINK, undefined, OPTIONS), false);
    assert.equal(fitsDevice({ ...LINK, ifindex: 4 }, eth0, OPTIONS), false);
  });

  it('does not fit a device of another namespace that has the same index', () => {
    const other = deviceOf('eth0', 3, { xdp: { ...NATIVE, native: 8 } });
    assert.equal(fitsDevice(LINK, other, OPTIONS), false);
  });

  it('does not fit where it would be put in another mode, or not at all', () => {
    const generic = deviceOf('eth0', 3, { xdp: GENERIC });
    assert.equal(fitsDevice(LINK, generic, OPTIONS), true);
    assert.equal(fitsDevice(LINK, generic, { ...OPTIONS, xdpMode: 'native' }), false);
    assert.equal(fitsDevice(LINK, eth0, { ...OPTIONS, xdpMode: 'native' }), true);
    const deviceModes = [{ pattern: 'eth*', mode: 'observe' }] as const;
    assert.equal(fitsDevice(LINK, eth0, { ...OPTIONS, deviceModes }), false);
  });
});

describe('inheritance', () => {
  /** Slots 0, 1, … hold devices of these names in namespaces; gives the slots that are released. */
  function settle(
    owners: readonly { readonly name: string; readonly netns?: string }[],
    scenes: readonly Scene[],
    unseen: ReadonlySet<string | undefined> = new Set(),
  ): readonly number[] {
    const released: number[] = [];
    const estate = {
      devices: new Map(owners.map((owner, slot) => [slot, { ...owner, startedAtMs: 1 }])),
      undecided: [...owners.keys(), owners.length],
      program: () => LINK,
      release: (slot: number) => released.push(slot),
    };
    new Inheritance(estate, OPTIONS, new FakeLog().log).settle(scenes, unseen);
    return released;
  }

  it('keeps what is on a wanted device, and releases what nobody knows or wants', () => {
    const scene = { identity: '1', wanted: ['eth0'], present: [eth0, deviceOf('eth1', 4)] };
    assert.deepEqual(settle([{ name: 'eth0' }, { name: 'eth1' }], [scene]), [1, 2]);
  });

  it('releases the program of a device that has another name by now', () => {
    const scene = { identity: '1', wanted: ['lan0'], present: [deviceOf('lan0', 3, eth0)] };
    assert.deepEqual(settle([{ name: 'eth0' }], [scene]), [0, 1]);
  });

  it('leaves devices alone whose namespace could not be looked at', () => {
    const owners = [{ name: 'eth0', netns: 'blue' }];
    assert.deepEqual(settle(owners, [], new Set(['blue'])), [1]);
    assert.deepEqual(settle(owners, []), [0, 1]);
  });
});
