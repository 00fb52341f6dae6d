// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  decodeDefaultRoute,
  decodeNextHop,
  defaultRouteDevices,
  isBeyondDefaults,
  resolveDevices,
} from '../../../src/kernel/default-route.ts';
import { listDevices } from '../../../src/kernel/device.ts';
import { answerNetlink, attribute, done, type Part, refusal } from './netlink-answers.ts';
import {
  group,
  hop,
  multipath,
  NHA,
  nextHop,
  type RouteHeader,
  RTA,
  route,
} from './route-payloads.ts';

const RTNH_F_DEAD = 1;
const RTNH_F_LINKDOWN = 16;
const RTM_F_CLONED = 0x200;
const oif = (ifindex: number) => attribute(RTA.outDevice, ifindex);

describe('decodeDefaultRoute', () => {
  it('gives the device of a default route of either family', () => {
    assert.deepEqual(decodeDefaultRoute(route({}, oif(4))), { ifindexes: [4] });
    assert.deepEqual(decodeDefaultRoute(route({ family: 10 }, oif(5))), { ifindexes: [5] });
  });

  it('passes over routes with a destination, even half of the address space', () => {
    assert.equal(decodeDefaultRoute(route({ length: 1 }, oif(4))), undefined);
    assert.equal(decodeDefaultRoute(route({ length: 24 }, oif(4))), undefined);
  });

  it('passes over what leads nowhere, and over multicast, local and cached routes', () => {
    // local, broadcast, multicast, blackhole, unreachable, prohibit.
    for (const type of [2, 3, 5, 6, 7, 8]) {
      assert.equal(decodeDefaultRoute(route({ type }, oif(1))), undefined);
    }
    assert.equal(decodeDefaultRoute(route({ flags: RTM_F_CLONED }, oif(1))), undefined);
    assert.equal(decodeDefaultRoute(route({ family: 128 }, oif(1))), undefined);
  });

  it('knows no table but main, also by the number that is too large for the header', () => {
    assert.equal(decodeDefaultRoute(route({ table: 100 }, oif(4))), undefined);
    const byAttribute = (table: number, id: number) =>
      decodeDefaultRoute(route({ table }, attribute(RTA.table, id), oif(4)));
    assert.equal(byAttribute(254, 51820), undefined);
    assert.deepEqual(byAttribute(252, 254), { ifindexes: [4] });
  });

  it('gives every next hop of a multipath route', () => {
    const payload = route({}, multipath(hop(4), hop(9), hop(4)));
    assert.deepEqual(decodeDefaultRoute(payload), { ifindexes: [4, 9, 4] });
  });

  it('counts a next hop without carrier, and not a dead one', () => {
    const flags = RTNH_F_DEAD | RTNH_F_LINKDOWN;
    assert.deepEqual(decodeDefaultRoute(route({ flags: RTNH_F_LINKDOWN }, oif(4)))?.ifindexes, [4]);
    assert.deepEqual(decodeDefaultRoute(route({ flags }, oif(4)))?.ifindexes, []);
    const hops = multipath(hop(4, flags), hop(5, RTNH_F_LINKDOWN), hop(6));
    assert.deepEqual(decodeDefaultRoute(route({}, hops))?.ifindexes, [5, 6]);
  });

  it('names the next hop object beside the devices that the kernel repeats', () => {
    assert.deepEqual(decodeDefaultRoute(route({}, attribute(RTA.nextHopId, 77), oif(4))), {
      ifindexes: [4],
      nextHopId: 77,
    });
  });

  it('ends a list of next hops at the first that is damaged', () => {
    for (const length of [0, 7, 17, 0xffff]) {
      const damaged = hop(5);
      damaged.writeUInt16LE(length);
      const payload = route({}, multipath(hop(4), damaged));
      assert.deepEqual(decodeDefaultRoute(payload)?.ifindexes, [4]);
    }
  });

  it('throws nothing, whatever the bytes', () => {
    const some = fc.uint8Array({ maxLength: 80 }).map((array) => Buffer.from(array));
    const type = fc.constantFrom(...Object.values(RTA), ...Object.values(NHA));
    const list = fc.array(fc.tuple(type, some).map(([first, value]) => attribute(first, value)));
    fc.assert(
      fc.property(list, some, (attributes, tail) => {
        const payload = Buffer.concat([route({}), ...attributes, tail]);
        const ifindexes = decodeDefaultRoute(payload)?.ifindexes ?? [];
        assert.ok(ifindexes.every((ifindex) => ifindex > 0));
        decodeDefaultRoute(tail);
        decodeNextHop(tail);
        decodeNextHop(Buffer.concat([nextHop(0), ...attributes, tail]));
        isBeyondDefaults(payload);
        isBeyondDefaults(tail);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('decodeNextHop', () => {
  it('gives the device of a next hop, and the members of a group', () => {
    assert.deepEqual(decodeNextHop(nextHop(0, attribute(NHA.id, 1), attribute(NHA.outDevice, 4))), {
      id: 1,
      ifindex: 4,
      members: [],
    });
    assert.deepEqual(decodeNextHop(nextHop(0, attribute(NHA.id, 10), group(1, 2))), {
      id: 10,
      members: [1, 2],
    });
  });

  it('passes over what is dead or has no id', () => {
    const attributes = [attribute(NHA.id, 1), attribute(NHA.outDevice, 4)];
    assert.equal(decodeNextHop(nextHop(RTNH_F_DEAD, ...attributes)), undefined);
    assert.equal(decodeNextHop(nextHop(0, attribute(NHA.outDevice, 4))), undefined);
    assert.equal(decodeNextHop(Buffer.alloc(7)), undefined);
  });

  it('takes no member from a part of an entry', () => {
    const cut = attribute(NHA.group, Buffer.from([1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0]));
    assert.deepEqual(decodeNextHop(nextHop(0, attribute(NHA.id, 10), cut))?.members, [1]);
  });
});

describe('resolveDevices', () => {
  it('gives each device once, of routes, next hops and members of groups', () => {
    const routes = [
      { ifindexes: [4, 5] },
      { ifindexes: [5], nextHopId: 10 },
      { ifindexes: [], nextHopId: 3 },
    ];
    const nextHops = [
      { id: 1, ifindex: 6, members: [] },
      { id: 2, ifindex: 4, members: [] },
      { id: 3, ifindex: 7, members: [] },
      { id: 9, ifindex: 99, members: [] },
      { id: 10, members: [1, 2, 404] },
    ];
    assert.deepEqual(resolveDevices(routes, nextHops), [4, 5, 6, 7]);
  });

  it('gives nothing of a next hop that is not there, and does not loop on a group in itself', () => {
    assert.deepEqual(resolveDevices([{ ifindexes: [], nextHopId: 1 }], []), []);
    const own = [{ id: 1, ifindex: 4, members: [1, 1] }];
    assert.deepEqual(resolveDevices([{ ifindexes: [], nextHopId: 1 }], own), [4]);
  });
});

describe('isBeyondDefaults', () => {
  const to = (header: RouteHeader, address: number) =>
    isBeyondDefaults(route(header, attribute(RTA.destination, address), oif(4)));

  it('is true after the first IPv4 destination of table main that is not 0.0.0.0', () => {
    assert.equal(to({ length: 8 }, 0x0a), true);
    assert.equal(to({ length: 8 }, 0), false);
    assert.equal(isBeyondDefaults(route({}, oif(4))), false);
  });

  it('is false for other tables and for IPv6', () => {
    assert.equal(to({ length: 8, table: 255 }, 0x0a), false);
    assert.equal(to({ length: 8, family: 10 }, 0x0a), false);
    assert.equal(isBeyondDefaults(Buffer.alloc(3)), false);
  });
});

describe('defaultRouteDevices', () => {
  const newRoute = (payload: Buffer): Part => ({ type: 24, payload });

  it('asks for the unicast routes of table main, and for next hops only where a route needs them', (t) => {
    const answers = [[[newRoute(route({}, oif(4))), done()]], [[done()]]];
    const requests = answerNetlink(t, (request) => answers[request] ?? []);
    assert.deepEqual(defaultRouteDevices(), [4]);
    assert.deepEqual(
      requests.map(({ type, payload }) => [type, payload]),
      [
        [26, route({})],
        [26, route({ family: 10 })],
      ].map(([type, payload]) => [type, Buffer.from(payload as Buffer).fill(0, 5, 6)]),
    );
  });

  it('follows a next hop to the devices of its group', (t) => {
    const answers = [
      [[newRoute(route({}, attribute(RTA.nextHopId, 10))), done()]],
      [[newRoute(route({ family: 10 }, oif(8))), done()]],
      [
        [
          { type: 104, payload: nextHop(0, attribute(NHA.id, 1), attribute(NHA.outDevice, 4)) },
          { type: 104, payload: nextHop(0, attribute(NHA.id, 10), group(1)) },
          done(),
        ],
      ],
    ];
    answerNetlink(t, (request) => answers[request] ?? []);
    assert.deepEqual(defaultRouteDevices(), [4, 8]);
  });

  it('finds none where the kernel has no such family or table', (t) => {
    answerNetlink(t, (request) => [[refusal(request === 0 ? 95 : 2)]]);
    assert.deepEqual(defaultRouteDevices(), []);
  });

  it('says why the kernel refuses otherwise', (t) => {
    answerNetlink(t, () => [[refusal(1)]]);
    assert.throws(() => defaultRouteDevices(), { message: 'list routes: EPERM' });
  });

  it("reads this machine's tables", () => {
    const present = listDevices().map(({ ifindex }) => ifindex);
    assert.ok(defaultRouteDevices().every((ifindex) => present.includes(ifindex)));
  });
});
