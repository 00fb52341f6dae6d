// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  missingCapabilities,
  parseEffective,
  requireCapabilities,
} from '../../../src/engine/capabilities.ts';
import { ExporterError } from '../../../src/errors.ts';

const NET_ADMIN = 1n << 12n;
const SYS_ADMIN = 1n << 21n;
const PERFMON = 1n << 38n;
const BPF = 1n << 39n;

const STATUS = `Name:\tnode
Uid:\t0\t0\t0\t0
CapInh:\t0000000000000000
CapPrm:\t000001ffffffffff
CapEff:\t0000008000001000
CapBnd:\t000001ffffffffff
`;

const BPF_LINE = 'CAP_BPF (to create maps and load programs)';
const PERFMON_LINE = 'CAP_PERFMON (to let programs read kernel memory)';
const NET_ADMIN_LINE = 'CAP_NET_ADMIN (to attach to devices)';
const SYS_ADMIN_LINE = 'CAP_SYS_ADMIN (to enter a network namespace)';

describe('parseEffective', () => {
  it('reads the effective set, and no other', () => {
    assert.equal(parseEffective(STATUS), BPF | NET_ADMIN);
    assert.equal(parseEffective('CapEff:\tffffffffffffffff\n'), 2n ** 64n - 1n);
  });

  it('refuses a status without it', () => {
    for (const status of ['', 'CapPrm:\t00\n', 'CapEff:\t\n', 'CapEff:\txyz\n']) {
      assert.throws(() => parseEffective(status), ExporterError);
    }
  });
});

describe('missingCapabilities', () => {
  const cases: readonly {
    effective: bigint;
    netns: boolean;
    missing: readonly string[];
    what: string;
  }[] = [
    {
      what: 'nothing',
      effective: 0n,
      netns: false,
      missing: [BPF_LINE, PERFMON_LINE, NET_ADMIN_LINE],
    },
    {
      what: 'nothing, with a namespace to enter',
      effective: 0n,
      netns: true,
      missing: [BPF_LINE, PERFMON_LINE, NET_ADMIN_LINE, SYS_ADMIN_LINE],
    },
    { what: 'the three', effective: BPF | PERFMON | NET_ADMIN, netns: false, missing: [] },
    {
      what: 'the three, with a namespace to enter',
      effective: BPF | PERFMON | NET_ADMIN,
      netns: true,
      missing: [SYS_ADMIN_LINE],
    },
    {
      what: 'CAP_SYS_ADMIN, which stands for all but CAP_NET_ADMIN',
      effective: SYS_ADMIN,
      netns: true,
      missing: [NET_ADMIN_LINE],
    },
    {
      what: 'CAP_SYS_ADMIN and CAP_NET_ADMIN',
      effective: SYS_ADMIN | NET_ADMIN,
      netns: true,
      missing: [],
    },
    { what: 'no CAP_PERFMON', effective: BPF | NET_ADMIN, netns: false, missing: [PERFMON_LINE] },
    { what: 'no CAP_BPF', effective: PERFMON | NET_ADMIN, netns: false, missing: [BPF_LINE] },
    {
      what: 'every other one',
      effective: (2n ** 64n - 1n) & ~(BPF | PERFMON | NET_ADMIN | SYS_ADMIN),
      netns: false,
      missing: [BPF_LINE, PERFMON_LINE, NET_ADMIN_LINE],
    },
  ];
  for (const { what, effective, netns, missing } of cases) {
    it(`of a process that has ${what}: ${missing.length}`, () => {
      assert.deepEqual(missingCapabilities(effective, netns), missing);
    });
  }
});

describe('requireCapabilities', () => {
  const userNamespace = 'user:[4026531837]';
  const ofRoot = { status: 'CapEff:\t000001ffffffffff\n', userNamespace };

  it('lets root through', () => {
    assert.doesNotThrow(() => requireCapabilities(true, ofRoot));
  });

  it('says what is missing, and what to do', () => {
    assert.throws(() => requireCapabilities(true, { ...ofRoot, status: STATUS }), {
      name: 'RequirementError',
      message: `start the exporter: missing ${PERFMON_LINE}, ${SYS_ADMIN_LINE}; run as root, or grant the capability to the process: see docs/capabilities.md`,
    });
  });

  it('does not believe the capabilities of a user namespace', () => {
    const elsewhere = { ...ofRoot, userNamespace: 'user:[4026532841]' };
    assert.throws(() => requireCapabilities(false, elsewhere), {
      name: 'RequirementError',
      message: /a user namespace, whose capabilities do not count for BPF; run it outside/,
    });
  });
});
