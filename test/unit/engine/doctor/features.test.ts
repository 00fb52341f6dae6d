// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { examineFeatures, type Probes } from '../../../../src/engine/doctor/features.ts';
import type { HostFacts } from '../../../../src/engine/doctor/host.ts';
import { ExporterError, SystemError, VerifierError } from '../../../../src/errors.ts';
import { type Bit, factsOf, probesOf, statusOf } from './facts.ts';

const NAMES = ['rings', 'program', 'link', 'frags', 'batch', 'observe', 'tracepoints'] as const;

function examine(probes: Partial<Probes> = {}, facts: Partial<HostFacts> = {}) {
  return examineFeatures(factsOf(facts), probesOf(probes));
}

/** "check state reason" of all that is not ok. */
function troubles(...given: Parameters<typeof examine>): string[] {
  return examine(...given)
    .findings.filter(({ state }) => state !== 'ok')
    .map(({ check, state, reason }) => `${check} ${state} ${reason}`);
}

const refuse = (error: Error) => () => {
  throw error;
};

describe('examineFeatures', () => {
  it('says what was found where everything works', () => {
    const { findings, observeTrouble } = examine();
    assert.deepEqual(
      findings,
      NAMES.map((check) => ({ check, state: 'ok', found: 'all of it' })),
    );
    assert.equal(observeTrouble, undefined);
  });

  const without = { rings: 'missing', program: 'missing', link: 'missing' } as const;
  for (const name of NAMES) {
    const state = name in without ? 'missing' : 'degraded';

    it(`is ${state} where the kernel does not have all of ${name}`, () => {
      const probe = () => ({ found: 'some of it', isWhole: false });
      assert.deepEqual(troubles({ [name]: probe }), [`${name} ${state} feature`]);
    });

    it(`is ${state} where ${name} is refused, with what was said and without the remedy`, () => {
      const error = new SystemError('try it', 'EPERM', 'check the profile');
      const [finding] = examine({ [name]: refuse(error) }).findings.filter(
        ({ check }) => check === name,
      );
      assert.equal(finding?.state, state);
      assert.equal(finding?.reason, 'policy');
      assert.match(finding?.found ?? '', /^try it: EPERM/);
    });
  }

  for (const [error, reason] of [
    [new SystemError('load', 'EACCES'), 'policy'],
    [new ExporterError('load', { cause: new SystemError('load', 'EPERM') }), 'policy'],
    [new VerifierError('program', 'unknown func', []), 'feature'],
    [new VerifierError('program', 'unknown func bpf_probe_read_kernel', []), 'lockdown'],
    [new SystemError('load', 'EINVAL'), 'feature'],
    [new SystemError('load', 'ENOTSUPP'), 'feature'],
    [new SystemError('load', 'ENOMEM'), 'refused'],
    [new Error('a damaged file'), 'refused'],
  ] as const) {
    it(`takes "${error.message}" for ${reason}`, () => {
      assert.deepEqual(troubles({ batch: refuse(error) }), [`batch degraded ${reason}`]);
    });
  }

  const NOTHING = refuse(new Error('it was tried'));
  const rights: readonly (readonly [readonly Bit[], readonly string[]])[] = [
    [['CAP_NET_ADMIN'], ['program', 'link', 'frags', 'observe']],
    [
      ['CAP_PERFMON', 'CAP_SYS_ADMIN'],
      ['program', 'link', 'frags', 'observe', 'tracepoints'],
    ],
    [['CAP_BPF', 'CAP_SYS_ADMIN'], NAMES],
  ];
  for (const [missing, untried] of rights) {
    it(`does not try without ${missing.join(' and ')} what needs it, and says so`, () => {
      const probes = Object.fromEntries(untried.map((name) => [name, NOTHING]));
      const facts = { status: statusOf(missing) };
      assert.deepEqual(
        troubles(probes, facts),
        untried.map((name) => `${name} unknown capability`),
      );
      assert.equal(examine(probes, facts).observeTrouble, 'permission');
      const observe = examine(probes, facts).findings.find(({ check }) => check === 'observe');
      const needed = missing.filter((name) => name !== 'CAP_SYS_ADMIN');
      assert.equal(observe?.found, `not tried without ${needed.join(', ')}`);
    });
  }

  it('tries nothing in a user namespace, nor without libbpf', () => {
    const probes = Object.fromEntries(NAMES.map((name) => [name, NOTHING]));
    for (const [facts, reason] of [
      [{ userNamespace: 'user:[1]' }, 'user_namespace'],
      [{ libbpf: new Error('none') }, 'libbpf'],
    ] as const) {
      assert.deepEqual(
        troubles(probes, facts),
        NAMES.map((name) => `${name} unknown ${reason}`),
      );
    }
  });

  for (const [error, trouble] of [
    [new SystemError('load', 'EPERM'), 'policy'],
    [new VerifierError('observe_entry', 'unknown func bpf_probe_read_kernel', []), 'lockdown'],
    [new VerifierError('observe_entry', 'unknown func', []), 'unsupported'],
    [new SystemError('attach observer', 'ENOTSUPP'), 'unsupported'],
  ] as const) {
    it(`tells devices that they are down for ${trouble} where observing ends with "${error.message}"`, () => {
      assert.equal(examine({ observe: refuse(error) }).observeTrouble, trouble);
    });
  }
});
