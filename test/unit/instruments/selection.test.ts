// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  absenceReason,
  type DeviceSelection,
  selectDevices,
} from '../../../src/instruments/selection.ts';
import { devicesOf } from './devices.ts';

const PRESENT = ['lo', 'eth0', 'eth1', 'eth0.100', 'wlan0', 'br-4f2a', 'veth12ab'];
const DEVICES = '"xdp-exporter devices" lists the existing ones';
const INDEX = { eth0: 2, eth1: 3, wlan0: 5 };

function select(
  selection: Partial<DeviceSelection>,
  ...routes: readonly number[]
): ReturnType<typeof selectDevices> {
  const whole = { include: [], exclude: [], defaultRoute: false, ...selection };
  return selectDevices(whole, devicesOf(...PRESENT), () => routes);
}

describe('selectDevices', () => {
  const globs = [
    { pattern: 'eth*', names: ['eth0', 'eth1', 'eth0.100'] },
    { pattern: 'eth?', names: ['eth0', 'eth1'] },
    { pattern: '*', names: PRESENT },
    { pattern: '[ew]*0', names: ['eth0', 'eth0.100', 'wlan0'] },
    { pattern: '{lo,br-*}', names: ['lo', 'br-4f2a'] },
    { pattern: '!(lo|eth*)', names: ['wlan0', 'br-4f2a', 'veth12ab'] },
  ];
  for (const { pattern, names } of globs) {
    it(`takes the devices that match ${pattern}`, () => {
      assert.deepEqual(select({ include: [pattern] }), { names, unmatched: [] });
    });
  }

  it('takes a name, whether the device is there or not', () => {
    assert.deepEqual(select({ include: ['eth1', 'eth9', 'eth0.100'] }), {
      names: ['eth1', 'eth9', 'eth0.100'],
      unmatched: [],
    });
  });

  it('takes a name for itself and not for a pattern', () => {
    assert.deepEqual(select({ include: ['eth0.1'] }).names, ['eth0.1']);
    assert.deepEqual(select({ include: ['ETH0'] }).names, ['ETH0']);
  });

  it('takes a device once, however often it is meant', () => {
    const include = ['eth0', 'eth*', 'eth0', '*1'];
    const { names } = select({ include, defaultRoute: true }, INDEX.eth0);
    assert.deepEqual(names, ['eth0', 'eth1', 'eth0.100']);
  });

  it('leaves out what is excluded, by name and by glob', () => {
    const exclude = ['eth0.*', 'veth*', 'lo'];
    assert.deepEqual(select({ include: ['*'], exclude }).names, [
      'eth0',
      'eth1',
      'wlan0',
      'br-4f2a',
    ]);
  });

  it('leaves out a device that is named and excluded', () => {
    assert.deepEqual(select({ include: ['eth0'], exclude: ['eth*'] }), {
      names: [],
      unmatched: [{ cause: 'no device matches "eth0"', remedy: DEVICES }],
    });
  });

  it('tells of each glob that matches nothing', () => {
    assert.deepEqual(select({ include: ['wwan*', 'eth*', 'tun?'], exclude: [] }).unmatched, [
      { cause: 'no device matches "wwan*"', remedy: DEVICES },
      { cause: 'no device matches "tun?"', remedy: DEVICES },
    ]);
  });

  it('adds the device of the default route', () => {
    assert.deepEqual(select({ include: ['lo'], defaultRoute: true }, INDEX.eth1).names, [
      'lo',
      'eth1',
    ]);
  });

  it('adds the devices of several default routes, each once, and none that is not there', () => {
    const { names, unmatched } = select(
      { include: ['wlan0'], defaultRoute: true },
      INDEX.eth1,
      INDEX.wlan0,
      INDEX.eth0,
      99,
    );
    assert.deepEqual(names, ['wlan0', 'eth0', 'eth1']);
    assert.deepEqual(unmatched, []);
  });

  it('leaves out the device of the default route where it is excluded', () => {
    const { names } = select({ exclude: ['eth*'], defaultRoute: true }, INDEX.eth1);
    assert.deepEqual(names, []);
  });

  it('tells where no default route leads to a device', () => {
    assert.deepEqual(select({ defaultRoute: true }), {
      names: [],
      unmatched: [
        { cause: 'no default route leads to a device', remedy: 'name the devices to count' },
      ],
    });
  });

  it('does not look for a route that was not asked for', () => {
    const selection = { include: ['lo'], exclude: [], defaultRoute: false };
    const found = selectDevices(selection, devicesOf(...PRESENT), () => assert.fail('looked'));
    assert.deepEqual(found.names, ['lo']);
  });

  it('takes exactly its own name, whatever characters a device has', () => {
    const name = fc.string({ unit: fc.constantFrom(...'aZ09-_.:@#%~') }).filter((s) => s !== '');
    fc.assert(
      fc.property(fc.uniqueArray(name, { minLength: 1, maxLength: 5 }), (names) => {
        const selection = { include: [names[0] ?? ''], exclude: [], defaultRoute: false };
        const { names: chosen } = selectDevices(selection, devicesOf(...names), () => []);
        assert.deepEqual(chosen, names.slice(0, 1));
      }),
    );
  });
});

describe('selectDevices among odd names', () => {
  const choose = (include: string, present: readonly string[], exclude: readonly string[] = []) =>
    selectDevices(
      { include: [include], exclude, defaultRoute: false },
      devicesOf(...present),
      () => [],
    );

  it('takes exactly its own name, whatever a device that is no glob is called', () => {
    for (const name of [
      'a"b\\{}',
      'a[b',
      '{',
      '[',
      'a{b',
      'a)',
      '+',
      '\\',
      'a\\d',
      '.x',
      '-v',
      '%d',
      '#',
    ]) {
      assert.deepEqual(choose(name, ['a1', 'b', name, 'd']).names, [name], name);
      assert.deepEqual(choose(name, ['a1', 'b']).names, [name], `${name}, absent`);
      assert.deepEqual(choose('*', ['a1', name], [name]).names, ['a1'], `${name}, excluded`);
    }
  });

  it('takes a device whose name is a glob by that name, and still all that the glob matches', () => {
    for (const name of ['a*b', 'a?', '*', '@(a)', '!(x)', '!x', '[]']) {
      assert.ok(choose(name, [name, 'c']).names.includes(name), name);
    }
    assert.deepEqual(choose('eth*', ['eth*', 'eth0']).names, ['eth*', 'eth0']);
  });

  it('takes a backslash before a sign as its escape', () => {
    assert.deepEqual(choose('a\\*b', ['a*b', 'axb']).names, ['a*b']);
    assert.deepEqual(choose('\\!x', ['!x', 'x', 'y']).names, ['!x']);
  });

  it('takes every device for "*", whatever its name begins with or holds', () => {
    const present = ['.hidden', '..x', '-v', '\ufffd#3', 'u\u2028v', '\u001b[2J', '\ufeffbom', '*'];
    assert.deepEqual(choose('*', present).names, present);
  });

  it('finds a device by what is shown for bytes that are no UTF-8, with its index or without', () => {
    const present = ['et\ufffdh#12', 'et\ufffdh#14', 'eth#12', 'et\ufffdh#12#16'];
    assert.deepEqual(choose('et\ufffdh#14', present).names, ['et\ufffdh#14']);
    assert.deepEqual(choose('et\ufffdh', present).names, ['et\ufffdh#12', 'et\ufffdh#14']);
    assert.deepEqual(choose('et?h#*', present).names, [present[0], present[1], present[3]]);
    assert.deepEqual(choose('eth', present).names, ['eth']);
  });
});

describe('absenceReason', () => {
  it('suggests the nearest device there is', () => {
    assert.equal(
      absenceReason('eth3', PRESENT),
      'find device "eth3": no such device; did you mean "eth0"?',
    );
    assert.match(absenceReason('wlna0', PRESENT), /did you mean "wlan0"\?$/);
  });

  it('suggests the nearest of several, and one that is as far as half of the name', () => {
    assert.match(absenceReason('eth13', ['eth99', 'eth12', 'eth98']), /"eth12"\?$/);
    assert.match(absenceReason('eno1', ['lo', 'eth1']), /"eth1"\?$/);
  });

  it('suggests nothing where no device is near', () => {
    assert.equal(
      absenceReason('infiniband7', PRESENT),
      'find device "infiniband7": no such device; "xdp-exporter devices" lists the existing ones',
    );
    assert.match(
      absenceReason('eth0', []),
      /^find device "eth0": no such device; "xdp-exporter devices"/,
    );
  });
});
