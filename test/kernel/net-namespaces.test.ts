// SPDX-License-Identifier: Apache-2.0
// Real namespaces: found, entered and left, deleted and made anew, and gone when nobody holds them.
import assert from 'node:assert/strict';
import { readdirSync, readlinkSync } from 'node:fs';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { Worker } from 'node:worker_threads';
import { listDevices } from '../../src/kernel/device.ts';
import { LinkEvents } from '../../src/kernel/link-events.ts';
import { findNamespaces } from '../../src/kernel/namespace-view.ts';
import { readNetNamespaceIdentity, withinNamespace } from '../../src/kernel/net-namespace.ts';
import { until } from '../e2e/support/namespace.ts';
import { skipUnlessRoot } from './support/root.ts';
import { ThrowawayNetns } from './support/throwaway-netns.ts';

const prefix = `xdp-view-${process.pid}`;

function ownNamespace(): string {
  return readlinkSync('/proc/thread-self/ns/net');
}

function openFiles(): string[] {
  const fds = readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return [`${fd} ${readlinkSync(`/proc/self/fd/${fd}`)}`];
    } catch {
      // The descriptor by which the folder was read.
      return [];
    }
  });
  return fds.toSorted();
}

describe('network namespaces', { skip: skipUnlessRoot }, () => {
  let blue: ThrowawayNetns;
  let green: ThrowawayNetns;
  beforeEach(() => {
    blue = new ThrowawayNetns(`${prefix}-blue`);
    green = new ThrowawayNetns(`${prefix}-green`);
  });
  afterEach(() => {
    blue.delete();
    green.delete();
  });

  const identityOf = (pattern: string) => findNamespaces([pattern]).namespaces[0]?.identity;
  const deviceNames = () => listDevices().map(({ name }) => name);
  /** Whether `device` is gone, as the peer of a veth is with the namespace of the other end. */
  const isGone = (netns: ThrowawayNetns, device: string) => () =>
    !withinNamespace(netns.path, deviceNames).includes(device);

  describe('withinNamespace', () => {
    it('sees the devices there, and is back afterwards, also where the work throws', () => {
      const home = ownNamespace();
      blue.ip('link add b0 type veth peer name b1');
      assert.deepEqual(withinNamespace(blue.path, deviceNames).toSorted(), ['b0', 'b1', 'lo']);
      assert.equal(ownNamespace(), home);
      const fail = () => {
        assert.notEqual(ownNamespace(), home);
        throw new Error('injected');
      };
      assert.throws(() => withinNamespace(blue.path, fail), /^Error: injected$/);
      assert.equal(ownNamespace(), home);
    });

    it('refuses to go from one into another, and is back all the same', () => {
      const home = ownNamespace();
      const nested = () => withinNamespace(green.path, deviceNames);
      assert.throws(() => withinNamespace(blue.path, nested), /: the thread is within another$/);
      assert.equal(ownNamespace(), home);
      assert.deepEqual(nested(), ['lo']);
    });

    it('leaves nothing open, and a namespace that is deleted dies', async () => {
      withinNamespace(blue.path, listDevices);
      const before = openFiles();
      blue.ip(`link add b0 type veth peer name g0 netns ${green.name}`);
      withinNamespace(blue.path, listDevices);
      findNamespaces([`${prefix}-*`]);
      assert.deepEqual(openFiles(), before);
      blue.delete();
      await until('the namespace is gone', isGone(green, 'g0'));
    });

    it('moves a worker thread alone', async () => {
      const worker = new Worker(new URL('./support/namespace-worker.js', import.meta.url), {
        workerData: blue.path,
      });
      const seen = await new Promise((resolve, reject) => {
        worker.once('message', resolve);
        worker.once('error', reject);
      });
      await worker.terminate();
      const inode = /^net:\[\d+\]$/;
      const { before, within, after, main } = seen as Record<string, string>;
      assert.match(within ?? '', inode);
      assert.notEqual(within, before);
      assert.deepEqual([after, main], [before, before]);
    });
  });

  describe('findNamespaces', () => {
    it('finds by name, path and glob, each once, in the order of the patterns', () => {
      const label = (...patterns: string[]) =>
        findNamespaces(patterns).namespaces.map((view) => view.label);
      assert.deepEqual(label(green.name), [green.name]);
      assert.deepEqual(label(green.path, blue.name, green.name), [green.path, blue.name]);
      assert.deepEqual(label(`${prefix}-*`), [blue.name, green.name]);
      assert.deepEqual(label(green.name, `${prefix}-{blue,green}`), [green.name, blue.name]);
      assert.deepEqual(label(`/var/run/netns/${prefix}-b*`), [`/var/run/netns/${blue.name}`]);
    });

    it('tells where it is and whether it is the own one', () => {
      const [own, other] = findNamespaces(['/proc/self/ns/net', blue.name]).namespaces;
      assert.deepEqual([own?.isOwn, own?.identity], [true, readNetNamespaceIdentity()]);
      assert.deepEqual([other?.isOwn, other?.path], [false, blue.path]);
      assert.equal(other?.identity, withinNamespace(blue.path, readNetNamespaceIdentity));
    });

    it('sees a namespace go, come back, and be another one, also under its old inode', async (t) => {
      const seen = new Set<string>();
      const inodes = new Set<string>();
      for (let round = 0; round < 20; round++) {
        blue.ip(`link add b0 type veth peer name g0 netns ${green.name}`);
        const identity = identityOf(blue.name) ?? assert.fail('is there');
        assert.equal(identityOf(blue.name), identity, 'another look, the same namespace');
        assert.ok(!seen.has(identity), `${identity} was another namespace`);
        seen.add(identity);
        inodes.add(identity.split(':')[1] ?? '');
        blue.delete();
        assert.equal(identityOf(blue.name), undefined);
        await until('the namespace is gone', isGone(green, 'g0'));
        blue.make();
      }
      t.diagnostic(`20 namespaces one after another had ${inodes.size} inodes`);
    });
  });

  describe('LinkEvents', () => {
    function listen(netns: ThrowawayNetns): LinkEvents {
      return withinNamespace(netns.path, () => new LinkEvents());
    }

    it('tells of devices, their names, MTU and next hops, each once', (t) => {
      const events = listen(blue);
      t.after(() => events.close());
      const tells = (command: string) => {
        events.changed();
        blue.ip(command);
        return events.changed();
      };
      for (const command of [
        'link add b0 type veth peer name b1',
        'link set b0 mtu 1400',
        'link set b0 name b2',
        'link set b1 up',
        'link set b2 up',
        'link property add dev b2 altname wan',
      ]) {
        assert.equal(tells(command), true, command);
      }
      blue.ip('addr add 10.0.0.1/24 dev b2');
      for (const command of [
        'nexthop add id 1 via 10.0.0.2 dev b2',
        'route add default nhid 1',
        'route replace default via 10.0.0.3',
        'route del default',
        '-6 route add default dev b2',
        'link del b2',
      ]) {
        assert.equal(tells(command), true, command);
      }
      assert.equal(events.changed(), false);
    });

    it('says nothing where nothing happened, or only other routes did, or another namespace', (t) => {
      blue.ip('link set lo up');
      const events = listen(blue);
      t.after(() => events.close());
      assert.equal(events.changed(), false);
      blue.ip('route add 10.1.0.0/16 dev lo');
      blue.ip('-6 route add fd00:1::/64 dev lo');
      green.ip('link set lo up');
      assert.equal(events.changed(), false);
    });

    it('says so where more came than it could hold', (t) => {
      blue.ip('link set lo up');
      const events = listen(blue);
      t.after(() => events.close());
      blue.batch(
        Array.from({ length: 5000 }, (_, i) => `route add 10.${i >> 8}.${i & 255}.0/24 dev lo`),
      );
      assert.equal(events.changed(), true);
      while (events.changed()) {
        // Up to 64 notices each time.
      }
      blue.ip('link set lo down');
      assert.equal(events.changed(), true);
    });

    it('keeps its namespace alive until it is closed, and no longer', async () => {
      blue.ip(`link add b0 type veth peer name g0 netns ${green.name}`);
      const events = listen(blue);
      blue.delete();
      // Another namespace that was deleted later is gone before: the kernel has had its time.
      const later = new ThrowawayNetns();
      later.ip(`link add l0 type veth peer name g1 netns ${green.name}`);
      later.delete();
      await until('the other namespace is gone', isGone(green, 'g1'));
      assert.equal(isGone(green, 'g0')(), false);
      events.close();
      await until('the namespace is gone', isGone(green, 'g0'));
    });
  });
});
