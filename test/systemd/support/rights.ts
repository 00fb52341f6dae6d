// SPDX-License-Identifier: Apache-2.0
// What the two processes of the service may do, as the kernel shows it.
import assert from 'node:assert/strict';
import { assertWithoutRights, engineIn, statusOf, wireOf } from '../../e2e/support/wire-pid.ts';
import type { Machine } from './machine.ts';
import { showService } from './service.ts';

/** CAP_NET_ADMIN 12, CAP_PERFMON 38, CAP_BPF 39. */
const ENGINE_CAPABILITIES = 0xc000001000n;

/** CAP_SYS_ADMIN 21. */
export const TO_OBSERVE = 0x200000n;

/** The first of those that DynamicUser= takes. */
const FIRST_DYNAMIC_USER = 61_184;

/** @param added bits of capabilities that settings add */
export async function checkEngineRights(machine: Machine, added = 0n): Promise<void> {
  const capabilities = (ENGINE_CAPABILITIES | added).toString(16).padStart(16, '0');
  const engine = engineIn(machine.netns);
  const field = (name: string) => statusOf(engine, name)[0]?.split('\t') ?? [];
  assert.equal(field('NSpid').at(-1), (await showService(machine))['MainPID']);
  for (const set of ['CapPrm', 'CapEff', 'CapBnd']) {
    assert.deepEqual([...new Set(statusOf(engine, set))], [capabilities], set);
  }
  assert.ok(Number(field('Uid')[0]) >= FIRST_DYNAMIC_USER);
  assert.deepEqual(field('NoNewPrivs'), ['1']);
  assert.deepEqual(field('Seccomp'), ['2']);
  // Its settings may hold the credentials of a collector.
  assert.equal(await machine.type("stat -c '%a %U' /etc/default/xdp-exporter"), '600 root');
}

/** It is the same user, who has no other capability to give it. */
export function checkWireRights(machine: Machine): void {
  const engine = engineIn(machine.netns);
  const wire = wireOf(engine) ?? assert.fail('there is no wire');
  assertWithoutRights(wire);
  for (const name of ['Uid', 'Gid', 'Seccomp']) {
    assert.equal(statusOf(wire, name)[0], statusOf(engine, name)[0], name);
  }
}
