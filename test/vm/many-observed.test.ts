// SPDX-License-Identifier: Apache-2.0
// A hundred devices with foreign programs at once: each is counted by its own, under as few observers as there are programs.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { skipBefore } from '../kernel/support/kernel-version.ts';
import { ForeignPrograms, foreignFrame } from './support/foreign.ts';
import { Hook } from './support/hook.ts';
import { Observing } from './support/observing.ts';
import { descriptors } from './support/resources.ts';

const DEVICES = 100;
const DROP = 1;
const PROGRAMS = ['foreign_plain', 'foreign_untyped', 'foreign_in_parts', 'foreign_enum'] as const;
/** Two links, and three more descriptors. */
const DESCRIPTORS_PER_OBSERVER = 5;

test('a hundred devices with foreign programs are told apart', {
  skip: skipBefore('5.17', 'for a tracing program to ask for a verdict'),
}, async (t) => {
  const names = Array.from({ length: DEVICES }, (_, index) => `mo${index}`);
  const hook = new Hook(names);
  t.after(() => hook.close());
  const foreign = new ForeignPrograms();
  t.after(() => foreign.close());
  for (const [index, name] of names.entries()) {
    const program = PROGRAMS[index % PROGRAMS.length] ?? PROGRAMS[0];
    hook.attach(name, foreign.fd(program), 'netlink', 'native');
  }
  const before = descriptors();
  const observing = new Observing(hook, names, { slots: 128, mode: 'auto' });
  t.after(() => observing.session.close());
  const added = descriptors() - before;
  // Those of the maps and rings are some twenty.
  assert.ok(added < PROGRAMS.length * DESCRIPTORS_PER_OBSERVER + 40, `${added} descriptors`);
  const frame = foreignFrame({ verdict: DROP, length: 100, source: 0xc633_6401 });
  for (const [index, name] of names.entries()) {
    hook.send(name, frame, index + 1);
  }
  await sleep(500);
  const { devices, parts } = await observing.settled();
  assert.deepEqual(
    new Map(
      devices.map(({ name, program }, index) => [
        name,
        [program?.role, parts.traffic?.[index]?.packets[DROP]],
      ]),
    ),
    new Map(names.map((name, index) => [name, ['observed', index + 1]])),
  );
});
