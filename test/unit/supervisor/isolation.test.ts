// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { heldSets, planIsolation } from '../../../src/supervisor/isolation.ts';

const statusWith = (effective: bigint) =>
  `Uid:\t0\nCapEff:\t${effective.toString(16).padStart(16, '0')}\n`;

describe('planIsolation', () => {
  it('is another user where root may change users and groups', () => {
    assert.deepEqual(planIsolation(statusWith(0b1100_0000n), 0), { isolation: 'user' });
  });

  it('is none, for a reason, where root may not', () => {
    for (const effective of [0n, 0b1000_0000n, 0b0100_0000n]) {
      const { isolation, reason } = planIsolation(statusWith(effective), 0);
      assert.equal(isolation, 'none');
      assert.match(reason ?? '', /CAP_SETUID/);
    }
  });

  it('is an empty ambient set for anybody else', () => {
    assert.deepEqual(planIsolation(statusWith(0b1100_0000n), 1000), { isolation: 'ambient' });
  });
});

describe('heldSets', () => {
  it('knows nothing of a process that is not there', () => {
    assert.equal(heldSets(2 ** 22 + 1), undefined);
  });
});
