// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { PasswordQueue } from '../../../src/http/password-queue.ts';

/** A check that ends when the test says so. */
function held() {
  let end: (isRight: boolean) => void = () => {};
  const check = () =>
    new Promise<boolean>((resolve) => {
      end = resolve;
    });
  return { check, end: (isRight: boolean) => end(isRight) };
}

const right = async () => true;

describe('PasswordQueue', () => {
  it('runs one check at a time, and takes clients in turn', async () => {
    const queue = new PasswordQueue();
    const order: string[] = [];
    const named = (name: string) => async () => order.push(name) > 0;
    const first = held();
    const all = [
      queue.add('a', first.check),
      queue.add('a', named('a2')),
      queue.add('b', named('b1')),
      queue.add('b', named('b2')),
      queue.add('c', named('c1')),
    ];
    await delay(5);
    assert.deepEqual(order, []);
    first.end(true);
    assert.deepEqual(await Promise.all(all), [true, true, true, true, true]);
    assert.deepEqual(order, ['a2', 'b1', 'c1', 'b2']);
  });

  it('refuses at once what is too much, of one client and in all', async () => {
    const queue = new PasswordQueue();
    const first = held();
    const waiting = [queue.add('a', first.check), queue.add('a', right)];
    // The first is under way, so that two of the client wait at most.
    waiting.push(queue.add('a', right));
    assert.equal(queue.add('a', right), undefined);
    for (let client = 0; waiting.length < 32; client++) {
      const check = queue.add(`b${client}`, right);
      assert.ok(check !== undefined);
      waiting.push(check);
    }
    assert.equal(queue.add('new', right), undefined);
    first.end(true);
    await Promise.all(waiting);
    assert.equal(await queue.add('new', right), true);
  });

  it('rests after a wrong password, and longer for who gave it', async () => {
    const queue = new PasswordQueue();
    const wrong = () => delay(50).then(() => false);
    assert.equal(await queue.add('a', wrong), false);
    const startMs = performance.now();
    const ends: Record<string, number> = {};
    const end = (client: string) =>
      queue.add(client, right)?.then(() => {
        ends[client] = performance.now() - startMs;
      });
    await Promise.all([end('a'), end('b')]);
    const { a = 0, b = 0 } = ends;
    assert.ok(b >= 45 && a >= 145 && b < a, JSON.stringify(ends));
  });

  it('goes on after a check that fails', async () => {
    const queue = new PasswordQueue();
    const failing = queue.add('b', () => Promise.reject(new Error('boom')));
    await assert.rejects(failing ?? assert.fail(), /boom/);
    assert.equal(await queue.add('b', right), true);
  });
});
