// SPDX-License-Identifier: Apache-2.0
// The devices of real default routes in every shape that ip(8) makes.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { libc } from '../../src/ffi/libc.ts';
import { defaultRouteDevices } from '../../src/kernel/default-route.ts';
import { listDevices } from '../../src/kernel/device.ts';
import { withinNamespace } from '../../src/kernel/net-namespace.ts';
import { skipUnlessRoot } from './support/root.ts';
import { ThrowawayNetns } from './support/throwaway-netns.ts';

describe('defaultRouteDevices', { skip: skipUnlessRoot }, () => {
  let netns: ThrowawayNetns;
  /** v0, v1, v2 with an address of each family, and their peers p0, p1, p2; all up. */
  beforeEach(() => {
    netns = new ThrowawayNetns();
    netns.batch(
      [0, 1, 2].flatMap((i) => [
        `link add v${i} type veth peer name p${i}`,
        `link set p${i} up`,
        `link set v${i} up`,
        `addr add 10.0.${i}.1/24 dev v${i}`,
        `addr add fd00:${i}::1/64 dev v${i} nodad`,
      ]),
    );
  });
  afterEach(() => netns.delete());

  /** The names, in order of their indexes. */
  function devices(): string[] {
    return withinNamespace(netns.path, () => {
      const ifindexes = defaultRouteDevices();
      assert.equal(new Set(ifindexes).size, ifindexes.length);
      const present = listDevices().filter(({ ifindex }) => ifindexes.includes(ifindex));
      assert.equal(present.length, ifindexes.length);
      return present.map(({ name }) => name).toSorted();
    });
  }

  it('finds none where there is none', () => {
    assert.deepEqual(devices(), []);
  });

  it('finds the routes of both families and of every metric, and follows them', () => {
    netns.ip('route add default via 10.0.0.2');
    assert.deepEqual(devices(), ['v0']);
    netns.ip('-6 route add default via fd00:1::2 dev v1');
    assert.deepEqual(devices(), ['v0', 'v1']);
    netns.ip('route add default via 10.0.2.2 metric 5000');
    netns.ip('route add default dev v2 metric 7000');
    assert.deepEqual(devices(), ['v0', 'v1', 'v2']);
    netns.ip('route replace default via 10.0.1.2');
    assert.deepEqual(devices(), ['v1', 'v2']);
    netns.ip('-6 route del default');
    netns.ip('route del default via 10.0.1.2');
    assert.deepEqual(devices(), ['v2']);
  });

  it('does not take half of the address space for a default route', () => {
    netns.ip('route add 0.0.0.0/1 via 10.0.0.2');
    netns.ip('route add 128.0.0.0/1 via 10.0.0.2');
    netns.ip('-6 route add ::/1 via fd00:1::2');
    assert.deepEqual(devices(), []);
  });

  it('finds every next hop of multipath routes', () => {
    netns.ip('route add default nexthop via 10.0.0.2 nexthop via 10.0.1.2 weight 5');
    assert.deepEqual(devices(), ['v0', 'v1']);
    netns.ip('-6 route add default nexthop via fd00:1::2 nexthop via fd00:2::2');
    assert.deepEqual(devices(), ['v0', 'v1', 'v2']);
  });

  for (const compatible of [1, 0]) {
    it(`follows next hop objects and groups, nexthop_compat_mode ${compatible}`, () => {
      netns.bash(`sysctl -qw net.ipv4.nexthop_compat_mode=${compatible}`);
      netns.ip('nexthop add id 1 via 10.0.0.2 dev v0');
      netns.ip('nexthop add id 2 via 10.0.1.2 dev v1');
      netns.ip('nexthop add id 3 via fd00:2::2 dev v2');
      netns.ip('nexthop add id 12 group 1/2,7');
      netns.ip('route add default nhid 2');
      assert.deepEqual(devices(), ['v1']);
      netns.ip('-6 route add default nhid 3');
      assert.deepEqual(devices(), ['v1', 'v2']);
      netns.ip('route replace default nhid 12');
      assert.deepEqual(devices(), ['v0', 'v1', 'v2']);
      netns.ip('nexthop replace id 12 group 1');
      assert.deepEqual(devices(), ['v0', 'v2']);
    });
  }

  it('passes over routes that lead nowhere, and next hops that do', () => {
    netns.ip('route add blackhole default');
    netns.ip('route add unreachable default metric 10');
    netns.ip('-6 route add prohibit default');
    netns.ip('link set lo up');
    netns.ip('nexthop add id 9 blackhole');
    netns.ip('route add default nhid 9 metric 20');
    assert.deepEqual(devices(), []);
    netns.ip('route add default via 10.0.2.2 metric 100');
    assert.deepEqual(devices(), ['v2']);
  });

  it('knows no table but main', () => {
    netns.ip('route add default via 10.0.0.2 table 100');
    netns.ip('-6 route add default via fd00:0::2 dev v0 table 51820');
    assert.deepEqual(devices(), []);
    netns.ip('route add default via 10.0.1.2');
    assert.deepEqual(devices(), ['v1']);
  });

  it('keeps a device without carrier, and drops a next hop whose device is down', () => {
    netns.ip('route add default nexthop via 10.0.0.2 nexthop via 10.0.1.2');
    netns.ip('link set p0 down');
    assert.deepEqual(devices(), ['v0', 'v1']);
    netns.ip('link set v0 down');
    assert.deepEqual(devices(), ['v1']);
  });

  it('does not read the whole table of a router', (t) => {
    const routes = Array.from(
      { length: 40_000 },
      (_, i) => `route add ${20 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}.0/24 via 10.0.1.2`,
    );
    netns.batch([...routes, 'route add 0.0.0.0/8 via 10.0.1.2']);
    netns.ip('route add default via 10.0.2.2');
    const receive = t.mock.method(libc(), 'recv');
    assert.deepEqual(devices(), ['v2']);
    // The kernel fills 32 KiB at most: 40,000 routes take some 70 of them.
    const datagrams = receive.mock.callCount();
    assert.ok(datagrams > 0 && datagrams < 20, `${datagrams} datagrams`);
  });
});
