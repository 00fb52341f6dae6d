// SPDX-License-Identifier: Apache-2.0
// What listDevices says of real devices of every kind that this kernel makes.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ExporterError } from '../../src/errors.ts';
import { type Device, listDevices } from '../../src/kernel/device.ts';
import { linkLayerOf } from '../../src/kernel/link-type.ts';
import { withinNamespace } from '../../src/kernel/net-namespace.ts';
import { skipUnlessRoot } from './support/root.ts';
import { ThrowawayNetns } from './support/throwaway-netns.ts';

const EMPTY_PROGRAM = fileURLToPath(new URL('../bpf/empty.bpf.o', import.meta.url));
const FREE = { native: 0, generic: 0, offload: 0 };

describe('listDevices', { skip: skipUnlessRoot }, () => {
  let netns: ThrowawayNetns;
  beforeEach(() => {
    netns = new ThrowawayNetns();
  });
  afterEach(() => netns.delete());

  const list = () => withinNamespace(netns.path, listDevices);
  function find(name: string): Device {
    const device = list().find((candidate) => candidate.name === name);
    return device ?? assert.fail(`no device "${name}"`);
  }

  it('knows kind, type and MTU of veth, bridge and tun devices', () => {
    netns.ip('link add v0 mtu 4000 type veth peer name v1');
    netns.ip('link add br0 type bridge');
    netns.ip('tuntap add mode tun name tun0');
    netns.ip('tuntap add mode tap name tap0');
    const facts = ['lo', 'v0', 'v1', 'br0', 'tun0', 'tap0'].map((name) => {
      const { kind, linkType, mtu } = find(name);
      return [name, kind, linkType, linkLayerOf(linkType, kind), mtu];
    });
    assert.deepEqual(facts, [
      ['lo', undefined, 772, 'ethernet', 65536],
      ['v0', 'veth', 1, 'ethernet', 4000],
      ['v1', 'veth', 1, 'ethernet', 1500],
      ['br0', 'bridge', 1, 'ethernet', 1500],
      ['tun0', 'tun', 65534, 'ip', 1500],
      ['tap0', 'tun', 1, 'ethernet', 1500],
    ]);
    assert.equal(find('v0').maxMtu, 65535);
    assert.equal(find('lo').maxMtu, undefined);
  });

  it('knows what a device is a part of and what it stands on, and takes no end of a pair for either', () => {
    netns.ip('link add v0 type veth peer name v1');
    netns.ip('link add br0 type bridge');
    netns.ip('link set v0 master br0');
    netns.ip('link add link v1 name mac0 type macvlan');
    const index = (name: string) => find(name).ifindex;
    assert.deepEqual([find('v0').master, find('v0').parent], [index('br0'), undefined]);
    assert.deepEqual([find('v1').master, find('v1').parent], [undefined, undefined]);
    assert.deepEqual([find('mac0').master, find('mac0').parent], [undefined, index('v1')]);
    assert.deepEqual([find('br0').master, find('br0').parent], [undefined, undefined]);
  });

  it('follows alternative names, long and odd ones too', () => {
    const long = 'x'.repeat(127);
    netns.ip('link add v0 type veth peer name v1');
    assert.deepEqual(find('v0').altNames, []);
    netns.ip(`link property add dev v0 altname wan altname ${long}`);
    netns.bash(`ip link property add dev v0 altname $'o\\xffd'`);
    const { altNames, ifindex } = find('v0');
    assert.deepEqual(altNames, ['wan', long, `o\ufffdd#${ifindex}`]);
    netns.ip('link property del dev v0 altname wan');
    assert.deepEqual(find('v0').altNames.slice(0, 1), [long]);
    assert.deepEqual(find('v1').altNames, []);
  });

  it('knows a device by its index when it is renamed', () => {
    netns.ip('link add v0 type veth peer name v1');
    const { ifindex } = find('v0');
    netns.ip('link set v0 name renamed');
    assert.equal(find('renamed').ifindex, ifindex);
    assert.ok(!list().some(({ name }) => name === 'v0'));
  });

  it('gives every device a name of its own, whatever bytes it has', () => {
    netns.bash(`
      ip link add name $'et\\xffh' type veth peer name $'et\\xfeh'
      ip link add name $'et\\xef\\xbf\\xbdh' type veth peer name 'a"b\\{}'
      ip link add name '*' type veth peer name $'\\xe2\\x80\\xa8'
    `);
    const names = list().map(({ name, ifindex }) => name.replace(`#${ifindex}`, '#'));
    const bad = 'et\ufffdh#';
    assert.deepEqual(names.toSorted(), ['*', 'a"b\\{}', bad, bad, bad, 'lo', '\u2028'].toSorted());
    assert.equal(new Set(list().map(({ name }) => name)).size, names.length);
  });

  it('shows the program in the slot where it is', () => {
    netns.ip('link add v0 type veth peer name v1');
    const idOf = (device: string) =>
      JSON.parse(netns.ip(`-j -d link show ${device}`))[0].xdp.prog.id;
    netns.ip(`link set dev v0 xdpdrv obj ${EMPTY_PROGRAM} sec xdp`);
    netns.ip(`link set dev v1 xdpgeneric obj ${EMPTY_PROGRAM} sec xdp`);
    assert.deepEqual(find('v0').xdp, { ...FREE, native: idOf('v0') });
    assert.deepEqual(find('v1').xdp, { ...FREE, generic: idOf('v1') });
    netns.ip('link set dev v0 xdpdrv off');
    assert.deepEqual(find('v0').xdp, FREE);
  });

  it('lists 255 devices', () => {
    netns.batch(Array.from({ length: 127 }, (_, i) => `link add a${i} type veth peer name b${i}`));
    assert.equal(list().length, 255);
  });

  it('misses no device while others come and go', async (t) => {
    netns.batch(Array.from({ length: 100 }, (_, i) => `link add a${i} type veth peer name b${i}`));
    const script = 'while :; do ip link add c0 type veth peer name c1; echo; ip link del c0; done';
    const churn: ChildProcess = spawn('ip', ['netns', 'exec', netns.name, 'bash', '-c', script]);
    try {
      await once(churn.stdout as NonNullable<ChildProcess['stdout']>, 'data');
      const counts = { complete: 0, refused: 0 };
      while (counts.complete < 300) {
        try {
          const stable = list().filter(({ name }) => /^[ab]\d+$/.test(name));
          assert.equal(stable.length, 200);
          counts.complete++;
        } catch (error) {
          // Five reads in a row that were disturbed.
          assert.ok(error instanceof ExporterError && !(error instanceof assert.AssertionError));
          counts.refused++;
          assert.ok(counts.refused < 100);
        }
      }
      t.diagnostic(`disturbed five times in a row: ${counts.refused}`);
    } finally {
      churn.kill('SIGKILL');
      await once(churn, 'exit');
    }
  });
});
