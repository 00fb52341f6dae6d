// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { libc } from '../../../src/ffi/libc.ts';
import { LinkEvents } from '../../../src/kernel/link-events.ts';
import { type Datagram, encodeParts, fakeSocket, type Part } from './netlink-answers.ts';

const ENOBUFS = 105;
const NEW_ROUTE = 24;
const DELETE_ROUTE = 25;

/** struct rtmsg with the length of its destination. */
function routeNotice(type: number, length: number): Part {
  return { type, payload: Buffer.from([2, length, 0, 0, 254, 3, 0, 1, 0, 0, 0, 0]) };
}

const LINK: Part = { type: 16, payload: Buffer.alloc(16) };

/** Events of a socket on which these notices wait. */
function eventsOf(t: TestContext, ...notices: Datagram[]): LinkEvents {
  t.mock.restoreAll();
  fakeSocket(t);
  const events = new LinkEvents();
  t.after(() => events.close());
  t.mock.method(libc(), 'recv', (_fd: number, buffer: Buffer, _size: number, flags: number) => {
    assert.equal(flags, 0x40, 'never waits');
    const next = notices.shift() ?? 11;
    if (typeof next === 'number') {
      return { value: -1, errno: next };
    }
    const bytes = Buffer.isBuffer(next) ? next : encodeParts(next as Part[], 0);
    return { value: bytes.copy(buffer), errno: 0 };
  });
  return events;
}

describe('LinkEvents', () => {
  it('says nothing where nothing came', (t) => {
    assert.equal(eventsOf(t).changed(), false);
  });

  it('says once that a device, a next hop or a default route changed', (t) => {
    const notices = [LINK, { type: 17 }, { type: 104 }, { type: 105 }];
    for (const part of [...notices, routeNotice(NEW_ROUTE, 0), routeNotice(DELETE_ROUTE, 0)]) {
      const events = eventsOf(t, [part]);
      assert.equal(events.changed(), true, `type ${part.type}`);
      assert.equal(events.changed(), false);
    }
  });

  it('says nothing of other routes, but of what comes between them', (t) => {
    const other = [routeNotice(NEW_ROUTE, 24), routeNotice(DELETE_ROUTE, 128)];
    assert.equal(eventsOf(t, other, other).changed(), false);
    assert.equal(eventsOf(t, other, [...other, LINK], other).changed(), true);
  });

  it('takes lost and damaged notices for a change', (t) => {
    const events = eventsOf(t, ENOBUFS);
    assert.equal(events.changed(), true);
    assert.equal(events.changed(), false);
    assert.equal(eventsOf(t, Buffer.alloc(5)).changed(), true);
    assert.equal(eventsOf(t, [{ type: NEW_ROUTE }]).changed(), true);
  });

  it('reads no more than 64 notices, and says that there may be more', (t) => {
    const flood = Array.from({ length: 100 }, () => [routeNotice(NEW_ROUTE, 24)]);
    const events = eventsOf(t, ...flood);
    assert.equal(events.changed(), true);
    assert.equal(events.changed(), false);
  });

  it('says why it cannot read', (t) => {
    assert.throws(() => eventsOf(t, 9).changed(), { message: 'read netlink notices: EBADF' });
  });

  it('listens to links, routes of both families and next hops', (t) => {
    fakeSocket(t);
    const bind = t.mock.method(libc(), 'bind', () => ({ value: 0, errno: 0 }));
    new LinkEvents().close();
    const [, address] = (bind.mock.calls[0]?.arguments ?? []) as unknown as [number, Buffer];
    assert.equal(address.toString('hex'), `10000000${'00000000'}41040080`);
  });
});
