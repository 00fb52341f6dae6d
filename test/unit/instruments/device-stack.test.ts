// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { stacksOf } from '../../../src/instruments/device-stack.ts';

const ETH0 = { name: 'eth0', ifindex: 2, master: 4 };
const ETH1 = { name: 'eth1', ifindex: 3, master: 4 };
const BOND0 = { name: 'bond0', ifindex: 4 };
const VLAN7 = { name: 'bond0.7', ifindex: 5, parent: 4, master: 6 };
const BR0 = { name: 'br0', ifindex: 6 };
const PRESENT = [ETH0, ETH1, BOND0, VLAN7, BR0, { name: 'lo', ifindex: 1 }];

type Present = Parameters<typeof stacksOf>[1];

function lower(wanted: readonly string[], present: Present = PRESENT) {
  const stacks = [...stacksOf(new Set(wanted), present)];
  return Object.fromEntries(stacks.map(([name, stack]) => [name, stack.lower]));
}

describe('stacksOf', () => {
  it('finds slaves below their bond, a parent below its VLAN, and ports below their bridge', () => {
    assert.deepEqual(lower(['bond0', 'eth0', 'eth1']), { bond0: ['eth0', 'eth1'] });
    assert.deepEqual(lower(['bond0.7', 'bond0']), { 'bond0.7': ['bond0'] });
    assert.deepEqual(lower(['br0', 'bond0.7', 'lo']), { br0: ['bond0.7'] });
  });

  it('looks through devices that are not wanted', () => {
    assert.deepEqual(lower(['br0', 'eth1']), { br0: ['eth1'] });
    assert.deepEqual(lower(['br0', 'bond0', 'eth0']), {
      br0: ['bond0', 'eth0'],
      bond0: ['eth0'],
    });
  });

  it('leaves out what has nothing wanted below it', () => {
    assert.deepEqual(lower(['br0', 'lo']), {});
    assert.deepEqual(lower(['eth0', 'eth1']), {});
    assert.deepEqual(lower(['eth0'], []), {});
  });

  it('ends where devices would stand on one another in a ring, and names none below itself', () => {
    const ring = [
      { name: 'a', ifindex: 1, master: 2 },
      { name: 'b', ifindex: 2, master: 1 },
    ];
    assert.deepEqual(lower(['a', 'b'], ring), { b: ['a'], a: ['b'] });
    assert.deepEqual(lower(['a', 'b'], [{ name: 'a', ifindex: 1, master: 9 }]), {});
  });
});
