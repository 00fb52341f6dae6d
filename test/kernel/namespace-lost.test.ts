// SPDX-License-Identifier: Apache-2.0
// A file of its own: after it the module believes for good that the thread is lost.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { libc } from '../../src/ffi/libc.ts';
import { NamespaceLostError, withinNamespace } from '../../src/kernel/net-namespace.ts';
import { skipUnlessRoot } from './support/root.ts';
import { ThrowawayNetns } from './support/throwaway-netns.ts';

it('a thread that cannot return says so above all, and moves no more', {
  skip: skipUnlessRoot,
}, (t) => {
  const netns = new ThrowawayNetns();
  t.after(() => netns.delete());
  const outcomes = [0, -1];
  // Neither way is really gone.
  const setns = t.mock.method(libc(), 'setns', () => ({ value: outcomes.shift() ?? 0, errno: 24 }));
  const fail = () => assert.fail('hidden by what is worse');
  assert.throws(
    () => withinNamespace(netns.path, fail),
    (error) =>
      error instanceof NamespaceLostError &&
      error.message ===
        `return from network namespace "${netns.path}": EMFILE; the process cannot continue`,
  );
  assert.throws(() => withinNamespace(netns.path, () => {}), /: the thread is within another$/);
  assert.equal(setns.mock.callCount(), 2);
});
