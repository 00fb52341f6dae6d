// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createPool, type FakeSocket } from './pool.ts';

const BEHAVIOURS = {
  silent: () => {},
  asking: (it: ReturnType<typeof createPool>, socket: FakeSocket) => void it.ask(socket),
  resting: (it: ReturnType<typeof createPool>, socket: FakeSocket) => it.ask(socket)(),
  partial: (it: ReturnType<typeof createPool>, socket: FakeSocket) => {
    it.ask(socket)();
    socket.bytesRead += 1;
  },
};
const KINDS = Object.keys(BEHAVIOURS) as (keyof typeof BEHAVIOURS)[];

describe('ConnectionPool', () => {
  it('closes nothing up to the limit', () => {
    const it = createPool(3);
    it.connect('a', 'b', 'c');
    assert.equal(it.sweepsDue, 0);
    it.sweep();
    assert.deepEqual(it.open, ['a', 'b', 'c']);
    assert.equal(it.full, 0);
  });

  it('waits until newly accepted connections are read before it closes any', () => {
    const it = createPool(1);
    it.connect('a', 'b', 'c');
    assert.deepEqual(it.open, ['a', 'b', 'c']);
    assert.equal(it.sweepsDue, 1);
    it.sweep();
    assert.deepEqual(it.open, ['c']);
    assert.equal(it.full, 1);
  });

  it('closes the oldest that has asked nothing', () => {
    const it = createPool(3);
    it.connect('a', 'b', 'c', 'd');
    it.sweep();
    assert.deepEqual(it.open, ['b', 'c', 'd']);
    it.connect('e');
    it.sweep();
    assert.deepEqual(it.open, ['c', 'd', 'e']);
  });

  it('spares one that is being answered, however old', () => {
    const it = createPool(2);
    const [a] = it.connect('a', 'b');
    it.ask(a as FakeSocket);
    it.connect('c');
    it.sweep();
    assert.deepEqual(it.open, ['a', 'c']);
  });

  it('spares one that rests between two requests while another has asked nothing', () => {
    const it = createPool(2);
    const [a] = it.connect('a');
    it.ask(a as FakeSocket)();
    it.connect('b', 'c');
    it.sweep();
    assert.deepEqual(it.open, ['a', 'c']);
  });

  it('closes one that has begun another request and not ended it, before any that rests', () => {
    const it = createPool(2);
    const [a, b] = it.connect('a', 'b') as [FakeSocket, FakeSocket];
    it.ask(a)();
    it.ask(b)();
    b.bytesRead += 1;
    it.connect('c');
    it.sweep();
    assert.deepEqual(it.open, ['a', 'c']);
  });

  it('closes the one that has rested longest for a newcomer that has yet to ask', () => {
    const it = createPool(2);
    const [a, b] = it.connect('a', 'b') as [FakeSocket, FakeSocket];
    it.ask(a)();
    it.ask(b)();
    it.ask(a)();
    it.connect('c');
    it.sweep();
    assert.deepEqual(it.open, ['a', 'c']);
  });

  it('closes the newcomer where all others are being answered, asking or not', () => {
    const it = createPool(2);
    const [a, b] = it.connect('a', 'b') as [FakeSocket, FakeSocket];
    it.ask(a);
    it.ask(b);
    it.connect('c');
    it.sweep();
    assert.deepEqual(it.open, ['a', 'b']);
    const [d] = it.connect('d') as [FakeSocket];
    it.ask(d);
    it.sweep();
    assert.deepEqual(it.open, ['a', 'b']);
  });

  it('closes the one that has asked most where all are being answered, for one that asks once', () => {
    const it = createPool(3);
    const [once, pipelines, sequential] = it.connect('once', 'pipelines', 'sequential');
    it.ask(once as FakeSocket);
    for (let request = 0; request < 4; request++) {
      it.ask(pipelines as FakeSocket);
    }
    for (let request = 0; request < 5; request++) {
      it.ask(sequential as FakeSocket)();
    }
    it.ask(sequential as FakeSocket);
    const [d] = it.connect('d') as [FakeSocket];
    it.ask(d);
    it.sweep();
    assert.deepEqual(it.open, ['once', 'pipelines', 'd']);
    it.connect('has yet to ask');
    it.sweep();
    assert.deepEqual(it.open, ['once', 'd', 'has yet to ask']);
  });

  it('forgets what a connection asked before it rested for more than a second', () => {
    const it = createPool(2);
    const [scraper, busy] = it.connect('scraper', 'busy') as [FakeSocket, FakeSocket];
    for (let request = 0; request < 100; request++) {
      it.ask(scraper)();
    }
    it.ask(busy);
    it.ask(busy);
    it.pass(1_001);
    it.ask(scraper);
    it.connect('c');
    it.sweep();
    assert.deepEqual(it.open, ['scraper', 'c']);
  });

  it('counts on where a connection rests for a second or never', () => {
    const it = createPool(1);
    const [a] = it.connect('a') as [FakeSocket];
    it.pass(10_000);
    const ends = [() => {}, () => {}, () => {}] as const;
    assert.equal(it.pool.begin(a, ends[0])?.asked, 1);
    it.pass(10_000);
    assert.equal(it.pool.begin(a, ends[1])?.asked, 2);
    it.pool.end(a, ends[0]);
    it.pool.end(a, ends[1]);
    it.pass(1_000);
    assert.equal(it.pool.begin(a, ends[2])?.asked, 3);
  });

  it('closes nothing where there is room again when the sweep comes', () => {
    const it = createPool(2);
    const [a] = it.connect('a', 'b', 'c') as [FakeSocket];
    it.pool.remove(a);
    it.sweep();
    assert.deepEqual(it.open, ['a', 'b', 'c']);
    assert.equal(it.full, 0);
  });

  it('counts pipelined requests, and rests when the last is answered', () => {
    const it = createPool(1);
    const [a] = it.connect('a') as [FakeSocket];
    const ends = [() => {}, () => {}];
    const load = it.pool.begin(a, ends[0] as () => void);
    assert.deepEqual([load?.pending.size, load?.asked], [1, 1]);
    assert.equal(it.pool.begin(a, ends[1] as () => void), load);
    assert.deepEqual([load?.pending.size, load?.asked], [2, 2]);
    const said: string[] = [];
    it.pool.whenAtRest(a, () => said.push('at rest'));
    it.pool.end(a, ends[0] as () => void);
    assert.deepEqual(said, []);
    it.pool.end(a, ends[1] as () => void);
    assert.deepEqual(said, ['at rest']);
  });

  it('ends every answer once, whether it went out, the connection closed or was closed', () => {
    const it = createPool(1);
    const [a, b] = it.connect('a', 'b') as [FakeSocket, FakeSocket];
    const ended: string[] = [];
    const says = (name: string) => () => {
      ended.push(name);
    };
    const [out, closed] = [says('out'), says('closed')];
    const [evicted, late] = [says('evicted'), says('late')];
    it.pool.begin(a, out);
    it.pool.begin(a, closed);
    it.pool.end(a, out);
    it.pool.end(a, out);
    it.pool.remove(a);
    it.pool.end(a, closed);
    it.pool.begin(b, evicted);
    it.pool.close();
    it.pool.remove(b);
    it.pool.begin(b, late);
    assert.deepEqual(ended, ['out', 'closed', 'evicted', 'late']);
    assert.ok(b.destroyed);
  });

  it('never keeps more than the limit, nor closes one that is answered while another is not', () => {
    const kinds = fc.array(fc.constantFrom(...KINDS), {
      maxLength: 40,
    });
    fc.assert(
      fc.property(kinds, fc.integer({ min: 1, max: 20 }), (crowd, limit) => {
        const it = createPool(limit);
        for (const [index, kind] of crowd.entries()) {
          const [socket] = it.connect(`${kind} ${index}`) as [FakeSocket];
          BEHAVIOURS[kind](it, socket);
        }
        it.sweep();
        assert.equal(it.open.length, Math.min(crowd.length, limit));
        const asking = crowd.filter((kind) => kind === 'asking').length;
        const kept = it.open.filter((name) => name.startsWith('asking')).length;
        assert.equal(kept, Math.min(asking, limit));
      }),
    );
  });
});
