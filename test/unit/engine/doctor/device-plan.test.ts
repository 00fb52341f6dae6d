// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  absentDevice,
  judgeDevice,
  type PlanOptions,
} from '../../../../src/engine/doctor/device-plan.ts';
import type { DeviceSight, SeenOccupant } from '../../../../src/engine/doctor/device-sight.ts';
import { REASONS } from '../../../../src/reasons.ts';
import { deviceOf } from '../../instruments/devices.ts';

const OPTIONS: PlanOptions = { mode: 'auto', deviceModes: [], xdpMode: 'auto', hasFragments: true };
const NIC: DeviceSight = {
  device: deviceOf('eth0', 2),
  driver: 'ixgbe',
  features: { native: true, fragments: true },
};
const OCCUPANT: SeenOccupant = { name: 'cil_xdp_entry', id: 9, mode: 'native', role: 'foreign' };

interface Case {
  readonly what: string;
  readonly sight?: Partial<DeviceSight>;
  readonly device?: Parameters<typeof deviceOf>[2];
  readonly options?: Partial<PlanOptions>;
  /** "state reason: plan costs" */
  readonly expected: string;
}

const CASES: readonly Case[] = [
  {
    what: 'attaches natively to a free network card, at the price of a reset',
    expected: 'ok -: attached native ebusy,reset',
  },
  {
    what: 'attaches to a device of software without a reset',
    device: { kind: 'veth' },
    expected: 'ok -: attached native ebusy',
  },
  {
    what: 'takes a driver of which nothing is known at its best',
    sight: { features: undefined as never },
    expected: 'ok -: attached native ebusy,reset',
  },
  {
    what: 'comes down to generic mode',
    sight: { features: { native: false, fragments: false } },
    expected: 'degraded generic_only: attached generic ebusy,after_gro',
  },
  {
    what: 'finds nothing wrong with generic mode where it is asked for',
    options: { xdpMode: 'generic' },
    expected: 'ok -: attached generic ebusy,after_gro',
  },
  {
    what: 'has no native mode to offer where that alone will do',
    sight: { features: { native: false, fragments: false } },
    options: { xdpMode: 'native' },
    expected: 'missing no_native: nothing',
  },
  {
    what: 'takes a large MTU where driver and kernel do',
    device: { mtu: 9000 },
    expected: 'ok -: attached native ebusy,reset',
  },
  {
    what: 'warns of a large MTU where the driver takes one buffer a frame',
    device: { mtu: 9000 },
    sight: { features: { native: true, fragments: false } },
    expected: 'degraded mtu: attached native ebusy,reset',
  },
  {
    what: 'warns of a large MTU where the kernel takes one buffer a frame',
    device: { mtu: 9000 },
    options: { hasFragments: false },
    expected: 'degraded mtu: attached native ebusy,reset',
  },
  {
    what: 'cannot parse frames of InfiniBand',
    device: { linkType: 32 },
    expected: 'missing unsupported_link: nothing',
  },
  {
    what: 'has nothing to observe on an empty device',
    options: { mode: 'observe' },
    expected: 'missing no_program: nothing',
  },
  {
    what: 'observes the program that is there, at a price for each packet',
    sight: { occupant: OCCUPANT },
    expected: 'ok -: observed native traced',
  },
  {
    what: 'leaves an occupied device alone where it may only attach',
    sight: { occupant: OCCUPANT },
    options: { mode: 'attach' },
    expected: 'missing occupied: nothing',
  },
  {
    what: 'has the mode of a device of its own',
    sight: { occupant: OCCUPANT },
    options: { deviceModes: [{ pattern: 'eth*', mode: 'attach' }] },
    expected: 'missing occupied: nothing',
  },
  {
    what: 'has nothing to add where an exporter counts',
    sight: { occupant: { ...OCCUPANT, name: 'xdp_exporter', role: 'exporter' } },
    options: { mode: 'attach' },
    expected: 'ok -: counted native ebusy',
  },
  {
    what: 'has nothing to add beside an exporter where the kernel cannot observe',
    sight: { occupant: { ...OCCUPANT, role: 'exporter' } },
    options: { observeTrouble: 'unsupported' },
    expected: 'ok -: counted native ebusy',
  },
  {
    what: 'observes an exporter that it is told to observe',
    sight: { occupant: { ...OCCUPANT, role: 'exporter' } },
    options: { mode: 'observe' },
    expected: 'ok -: observed native traced',
  },
  {
    what: 'cannot observe what a bond runs in its ports',
    device: { kind: 'bond' },
    sight: { occupant: OCCUPANT },
    expected: 'missing bond_ports: nothing',
  },
  {
    what: 'cannot observe a program without BTF',
    sight: { occupant: { ...OCCUPANT, trouble: 'no_btf' } },
    expected: 'missing no_btf: nothing',
  },
  {
    what: 'cannot observe a program that it may not open',
    sight: { occupant: { id: 9, mode: 'generic', trouble: 'permission', said: 'open: EPERM' } },
    expected: 'missing permission: nothing',
  },
  {
    what: 'cannot observe where the kernel cannot',
    sight: { occupant: OCCUPANT },
    options: { observeTrouble: 'unsupported' },
    expected: 'missing unsupported: nothing',
  },
  {
    what: 'cannot observe a program on the network card',
    sight: { occupant: { ...OCCUPANT, mode: 'offload' } },
    expected: 'missing unsupported: nothing',
  },
  {
    what: 'is of no use where run would not start',
    options: { trouble: 'capability' },
    expected: 'missing capability: nothing',
  },
];

function judge({ sight, device, options }: Omit<Case, 'what' | 'expected'>, isWanted = true) {
  const seen = { ...NIC, ...sight, device: deviceOf('eth0', 2, device) };
  return judgeDevice(seen, { ...OPTIONS, ...options }, isWanted);
}

describe('judgeDevice', () => {
  for (const { what, expected, ...given } of CASES) {
    it(what, () => {
      const { state, reason = '-', plan } = judge(given);
      const doing = [plan.role ?? 'nothing', plan.mode, plan.costs.join(',')].filter(Boolean);
      assert.equal(`${state} ${reason}: ${doing.join(' ')}`, expected);
    });

    it(`${what}, and misses nothing where it was not asked for`, () => {
      assert.equal(judge(given, false).state, expected.startsWith('ok') ? 'ok' : 'degraded');
    });
  }

  it('says what run would do, and why not, in words', () => {
    assert.equal(judge({}).found, 'run would attach its program in native mode');
    const observed = judge({ sight: { occupant: OCCUPANT } });
    assert.equal(observed.found, 'run would observe program "cil_xdp_entry"');
    const cannot = judge({ device: { linkType: 32 } });
    assert.equal(
      cannot.found,
      `run would not count on this device: ${REASONS.unsupported_link.cause}`,
    );
    const said = { id: 9, mode: 'native', trouble: 'permission', said: 'open: EPERM' } as const;
    const hidden = judge({ sight: { occupant: said } });
    assert.equal(hidden.found, 'run would not count on this device: open: EPERM');
  });

  it('names the device and its namespace', () => {
    const { netns, name } = judge({ sight: { netns: 'blue' } });
    assert.deepEqual([netns, name], ['blue', 'eth0']);
    assert.ok(!('netns' in judge({})));
  });
});

describe('absentDevice', () => {
  it('is missing, with what may have been meant and without the remedy', () => {
    const said = 'find device "eth9": no such device';
    const { remedy } = REASONS.absent;
    assert.deepEqual(absentDevice('eth9', 'blue', `${said}; ${remedy}`), {
      check: 'device',
      netns: 'blue',
      name: 'eth9',
      state: 'missing',
      reason: 'absent',
      found: said,
      plan: { costs: [], reason: 'absent' },
    });
    const meant = `${said}; did you mean "eth0"?`;
    assert.equal(absentDevice('eth9', undefined, meant).found, meant);
  });
});
