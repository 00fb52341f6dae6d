// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { examineFeatures } from '../../../../src/engine/doctor/features.ts';
import { CHECKS, type CheckName } from '../../../../src/engine/doctor/finding.ts';
import { examineHost, type HostFacts } from '../../../../src/engine/doctor/host.ts';
import { RequirementError } from '../../../../src/errors.ts';
import { type Bit, factsOf, probesOf, statusOf } from './facts.ts';

/** "check state reason" of all that is not ok. */
function troubles(given: Partial<HostFacts>): string[] {
  return examineHost(factsOf(given))
    .filter(({ state }) => state !== 'ok')
    .map(({ check, state, reason }) => `${check} ${state} ${reason}`);
}

function foundOf(check: CheckName, given: Partial<HostFacts>): string | undefined {
  return examineHost(factsOf(given)).find((finding) => finding.check === check)?.found;
}

describe('examineHost', () => {
  it('has nothing to say against a machine on which everything works', () => {
    assert.deepEqual(troubles({}), []);
  });

  it('looks at everything on the list, in its order, with the features and the devices behind it', () => {
    const facts = factsOf();
    const { findings } = examineFeatures(facts, probesOf());
    const checks = [...examineHost(facts), ...findings].map(({ check }) => check);
    assert.deepEqual([...checks, 'devices'], Object.keys(CHECKS));
  });

  for (const [release, expected] of [
    ['5.8.0', ['kernel missing old_kernel']],
    ['5.10.0-30-amd64', ['kernel degraded old_kernel']],
    ['5.15.0', []],
    ['7.0.0-rc1', []],
  ] as const) {
    it(`judges Linux ${release} by its number`, () => {
      assert.deepEqual(troubles({ release }), expected);
      assert.equal(foundOf('kernel', { release }), release);
    });
  }

  it('knows a PREEMPT_RT kernel', () => {
    assert.deepEqual(troubles({ version: '#1 SMP PREEMPT_RT Debian' }), [
      'kernel degraded realtime',
    ]);
  });

  it('misses the BTF of the kernel', () => {
    assert.deepEqual(troubles({ hasKernelBtf: false }), ['btf degraded kernel_btf']);
  });

  for (const [text, expected] of [
    ['none [integrity] confidentiality\n', []],
    ['none integrity [confidentiality]\n', ['lockdown degraded lockdown']],
    [undefined, ['lockdown unknown hidden']],
  ] as const) {
    it(`reads "${text?.trim()}" as the lockdown`, () => {
      assert.deepEqual(troubles({ lockdown: text }), expected);
    });
  }

  it('says which library is missing', () => {
    const libbpf = new RequirementError('load "libbpf.so.1": no such file; install libbpf 1.x');
    assert.deepEqual(troubles({ libbpf, bpfErrno: undefined }), ['libbpf missing libbpf']);
    assert.match(foundOf('libbpf', { libbpf }) ?? '', /^load "libbpf.so.1": no such file/);
  });

  it('knows a user namespace', () => {
    assert.deepEqual(troubles({ userNamespace: 'user:[4026532000]' }), [
      'user_namespace missing user_namespace',
    ]);
  });

  const capabilities: readonly (readonly [readonly Bit[], readonly string[]])[] = [
    [['CAP_BPF'], []],
    [['CAP_PERFMON'], []],
    [['CAP_NET_ADMIN'], ['CAP_NET_ADMIN missing capability']],
    [['CAP_SYS_ADMIN'], ['CAP_SYS_ADMIN degraded capability']],
    [['CAP_SETUID'], ['CAP_SETUID degraded capability']],
    [['CAP_SETGID'], ['CAP_SETGID degraded capability']],
    [
      ['CAP_BPF', 'CAP_SYS_ADMIN'],
      ['CAP_BPF missing capability', 'CAP_SYS_ADMIN degraded capability'],
    ],
    [
      ['CAP_PERFMON', 'CAP_SYS_ADMIN'],
      ['CAP_PERFMON missing capability', 'CAP_SYS_ADMIN degraded capability'],
    ],
  ];
  for (const [without, expected] of capabilities) {
    it(`names what is missing without ${without.join(' and ')}`, () => {
      assert.deepEqual(troubles({ status: statusOf(without) }), expected);
    });
  }

  it('does not ask a user for what only root needs', () => {
    const status = statusOf(['CAP_SETUID', 'CAP_SETGID']);
    assert.deepEqual(troubles({ status, isRoot: false }), []);
  });

  const noBpf = ['CAP_BPF', 'CAP_SYS_ADMIN'] as const;
  const seccomp = [
    ['no filter', statusOf(), 'EBADFD', 'ok'],
    ['a filter that lets it pass', statusOf([], 2), 'EBADFD', 'ok'],
    ['a filter that refuses', statusOf([], 2), 'EPERM', 'missing'],
    ['a filter that knows no such call', statusOf([], 2), 'ENOSYS', 'missing'],
    ['a security module that refuses', statusOf(), 'EACCES', 'missing'],
    ['a kernel that refuses who has no right', statusOf(noBpf), 'EPERM', 'ok'],
    ['a filter and no right', statusOf(noBpf, 2), 'EPERM', 'unknown'],
    ['a filter and no libbpf to try it with', statusOf([], 2), undefined, 'unknown'],
  ] as const;
  for (const [what, status, bpfErrno, expected] of seccomp) {
    it(`judges ${what} as ${expected}`, () => {
      const findings = examineHost(factsOf({ status, bpfErrno }));
      assert.equal(findings.find(({ check }) => check === 'seccomp')?.state, expected);
    });
  }
});
