// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import fc from 'fast-check';
import { ExporterError, SystemError } from '../../../src/errors.ts';
import { libc } from '../../../src/ffi/libc.ts';
import { decodeAttributes } from '../../../src/kernel/netlink.ts';
import {
  type Decode,
  NETLINK_GENERIC,
  NETLINK_ROUTE,
  NetlinkSocket,
  STOP,
  withNetlink,
} from '../../../src/kernel/netlink-socket.ts';
import {
  answerNetlink,
  attribute,
  type Datagram,
  done,
  encodeParts,
  fakeSocket,
  NLM_F_DUMP_INTR,
  type Part,
  refusal,
} from './netlink-answers.ts';

const CTRL = { family: 16, getFamily: 3, id: 1, name: 2 } as const;
const NOTHING = Buffer.alloc(0);
const DONE = { value: 0, errno: 0 };
const [EINTR, EAGAIN, ENOBUFS] = [4, 11, 105];

function entry(text: string, flags = 0): Part {
  return { type: 16, payload: Buffer.from(text), flags };
}

const toText: Decode<string> = (payload) => payload.toString();

function dump(decode = toText): string[] {
  return withNetlink(NETLINK_ROUTE, (socket) => socket.dump('list things', 18, NOTHING, decode));
}

/** What a dump gives of the same answer to every request. */
function dumpOf(t: TestContext, ...answer: Datagram[]): string[] {
  answerNetlink(t, () => answer);
  return dump();
}

describe('dump', () => {
  it('asks for the whole table', (t) => {
    const requests = answerNetlink(t, () => [[done()]]);
    withNetlink(NETLINK_ROUTE, (socket) => socket.dump('list', 18, Buffer.from([7]), toText));
    assert.deepEqual(requests, [{ type: 18, flags: 0x301, payload: Buffer.from([7]) }]);
  });

  it('gathers all parts up to the end', (t) => {
    const parts = [[entry('a'), entry('b')], [entry('c')], [entry('d'), done()]];
    assert.deepEqual(dumpOf(t, ...parts), ['a', 'b', 'c', 'd']);
  });

  it('gives nothing of an empty table, nor of entries that are not wanted', (t) => {
    assert.deepEqual(dumpOf(t, [done()]), []);
    answerNetlink(t, () => [[entry('a'), entry('b'), done()]]);
    assert.deepEqual(
      dump((payload) => (payload.toString() === 'b' ? 'b' : undefined)),
      ['b'],
    );
  });

  it('passes over answers to other questions, and messages that say nothing', (t) => {
    const stale = { ...entry('stale'), sequence: 999 };
    const answer = [stale, { ...done(), sequence: 999 }, { type: 1 }, entry('a'), done()];
    assert.deepEqual(dumpOf(t, answer), ['a']);
  });

  it('waits on after a signal', (t) => {
    assert.deepEqual(dumpOf(t, EINTR, [entry('a')], EINTR, [done()]), ['a']);
  });

  it('reads a table again that changed while it was read', (t) => {
    const interrupted = [[entry('a', NLM_F_DUMP_INTR)], [entry('b'), done()]];
    const late = [[entry('a')], [entry('b'), done(0, NLM_F_DUMP_INTR)]];
    const answers = [interrupted, late, [[entry('c'), done()]]];
    const requests = answerNetlink(t, (request) => answers[request] ?? []);
    assert.deepEqual(dump(), ['c']);
    assert.equal(requests.length, 3);
  });

  it('gives up a table that changes without pause', (t) => {
    const requests = answerNetlink(t, () => [[entry('a', NLM_F_DUMP_INTR), done()]]);
    assert.throws(() => dump(), /^ExporterError: list things: it changed during each of 5 reads; /);
    assert.equal(requests.length, 5);
  });

  it('stops reading where nothing of interest follows, also of a table that changed', (t) => {
    const parts = [entry('a'), entry('b', NLM_F_DUMP_INTR), entry('c')];
    const requests = answerNetlink(t, () => [parts, EAGAIN]);
    assert.deepEqual(
      dump((payload) => (payload.toString() === 'c' ? STOP : payload.toString())),
      ['a', 'b'],
    );
    assert.equal(requests.length, 1);
  });

  it('says why the kernel refuses, at once or at the end', (t) => {
    assert.throws(() => dumpOf(t, [refusal(1)]), { message: 'list things: EPERM', code: 'EPERM' });
    assert.throws(() => dumpOf(t, [entry('a'), done(-90)]), { code: 'EMSGSIZE' });
    assert.throws(() => dumpOf(t, [entry('a')], ENOBUFS), { code: 'ENOBUFS' });
  });

  it('says that the kernel stays silent', (t) => {
    assert.throws(() => dumpOf(t, [entry('a')]), /^ExporterError: list things: .* within 2 s$/);
  });

  it('ends after two seconds, however much comes', (t) => {
    let now = 0;
    t.mock.method(performance, 'now', () => now);
    t.mock.method(libc(), 'recv', (_fd: number, buffer: Buffer) => {
      now += 100;
      return { value: encodeParts([entry('a')], 1).copy(buffer), errno: 0 };
    });
    assert.throws(() => dump(), /^ExporterError: list things: .* within 2 s$/);
    assert.equal(now, 2000);
  });

  it('refuses a part that was cut, and a message of a lying length', (t) => {
    const cut = Buffer.alloc(64 * 1024 + 1);
    assert.throws(() => dumpOf(t, cut), /list things: a part of 65537 bytes, at most 65536/);
    const lying = encodeParts([entry('a'), done()], 1);
    lying.writeUInt32LE(99);
    assert.throws(() => dumpOf(t, lying), /list things: damaged netlink message of 99 bytes/);
    assert.throws(() => dumpOf(t, lying.subarray(0, 9)), /list things: damaged netlink message/);
  });

  it('ends for whatever bytes, and throws nothing but an ExporterError', (t) => {
    const part = fc.record({
      type: fc.integer({ min: 0, max: 20 }),
      flags: fc.constantFrom(0, 2, NLM_F_DUMP_INTR),
      payload: fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array)),
    });
    const noise = fc.uint8Array({ maxLength: 60 }).map((array) => Buffer.from(array));
    const errno = fc.constantFrom(EINTR, EAGAIN, ENOBUFS);
    const datagram = fc.oneof(fc.array(part, { maxLength: 5 }), noise, errno);
    fc.assert(
      fc.property(fc.array(datagram, { maxLength: 8 }), (answer) => {
        answerNetlink(t, () => answer);
        try {
          assert.ok(Array.isArray(dump()));
        } catch (error) {
          assert.ok(error instanceof ExporterError, String(error));
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('request', () => {
  const nameOf = (family: string) =>
    Buffer.concat([Buffer.from([CTRL.getFamily, 1, 0, 0]), attribute(CTRL.name, `${family}\0`)]);
  const ask = (socket: NetlinkSocket, family: string) =>
    decodeAttributes(socket.request('find family', CTRL.family, nameOf(family)).subarray(4));

  it('asks the kernel and gives its answer', () => {
    const answer = withNetlink(NETLINK_GENERIC, (socket) => ask(socket, 'nlctrl'));
    assert.equal(answer.get(CTRL.id)?.readUInt16LE(), CTRL.family);
    assert.equal(answer.get(CTRL.name)?.toString(), 'nlctrl\0');
  });

  it("throws the symbol of the kernel's refusal, and goes on", () => {
    withNetlink(NETLINK_GENERIC, (socket) => {
      assert.throws(() => ask(socket, 'no-such'), { message: 'find family: ENOENT' });
      assert.throws(() => ask(socket, 'no-such'), SystemError);
      assert.equal(ask(socket, 'nlctrl').size > 0, true);
    });
  });

  it('gives an answer that the next one does not change', (t) => {
    const texts = ['first', 'other'];
    answerNetlink(t, (request) => [[entry(texts[request] ?? '')]]);
    withNetlink(NETLINK_ROUTE, (socket) => {
      const first = socket.request('ask', 18, NOTHING);
      socket.request('ask', 18, NOTHING);
      assert.equal(first.toString(), 'first');
    });
  });

  it('says that the kernel stays silent', (t) => {
    answerNetlink(t, () => [[{ ...entry('stale'), sequence: 999 }]]);
    withNetlink(NETLINK_ROUTE, (socket) => {
      assert.throws(() => socket.request('ask', 18, NOTHING), /^ExporterError: ask: .* 2 s$/);
    });
  });
});

describe('NetlinkSocket', () => {
  it('waits two seconds for the kernel, and no longer', (t) => {
    fakeSocket(t);
    const option = t.mock.method(libc(), 'setsockopt', () => DONE);
    new NetlinkSocket(NETLINK_ROUTE).close();
    const [, level, name, timeout] = (option.mock.calls[0]?.arguments ?? []) as unknown[];
    // SOL_SOCKET, SO_RCVTIMEO, struct timeval.
    assert.deepEqual([level, name, timeout], [1, 20, Buffer.from(`02${'00'.repeat(15)}`, 'hex')]);
  });

  it('turns the filter on, of which an old kernel knows nothing', (t) => {
    fakeSocket(t);
    withNetlink(NETLINK_ROUTE, (socket) => {
      const option = t.mock.method(libc(), 'setsockopt', () => DONE);
      socket.filterDumps();
      assert.deepEqual(option.mock.calls[0]?.arguments.slice(1, 3), [270, 12]);
      option.mock.mockImplementation(() => ({ value: -1, errno: 92 }));
      socket.filterDumps();
    });
  });

  it('throws where no socket is to be had', (t) => {
    t.mock.method(libc(), 'socket', () => ({ value: -1, errno: 24 }));
    assert.throws(() => new NetlinkSocket(NETLINK_ROUTE), {
      message: 'open netlink socket: EMFILE',
    });
  });

  it('gives the descriptor back where the groups are refused', (t) => {
    fakeSocket(t);
    t.mock.method(libc(), 'bind', () => ({ value: -1, errno: 1 }));
    const close = t.mock.method(libc(), 'close', () => DONE);
    assert.throws(() => new NetlinkSocket(NETLINK_ROUTE, 1), {
      message: 'join netlink groups: EPERM',
    });
    assert.equal(close.mock.callCount(), 1);
  });

  it('gives its descriptor back, also where its user throws', (t) => {
    fakeSocket(t);
    t.mock.method(libc(), 'send', () => ({ value: -1, errno: 9 }));
    const close = t.mock.method(libc(), 'close', () => DONE);
    const use = (socket: NetlinkSocket): never => {
      socket.close();
      return socket.dump('list', 18, NOTHING, toText) as never;
    };
    assert.throws(() => withNetlink(NETLINK_ROUTE, use), { code: 'EBADF' });
    assert.equal(close.mock.callCount(), 2);
  });
});
