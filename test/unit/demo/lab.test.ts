// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createLab, type LabMachine } from '../../../src/demo/lab.ts';

const TX = `xdp-unit-${process.pid}-tx`;
const RX = `xdp-unit-${process.pid}-rx`;

/** A machine that remembers its namespaces and what was asked of it. */
class FakeMachine implements LabMachine {
  readonly calls: string[] = [];
  readonly namespaces: Set<string>;
  readonly cpuCount = 4;
  hasIpv6 = true;
  failAt: RegExp | undefined;

  constructor(namespaces: readonly string[] = []) {
    this.namespaces = new Set(namespaces);
  }

  readonly isAlive = (pid: number) => pid === process.pid || pid === 7;

  readonly ip = async (args: readonly string[], input?: string): Promise<string> => {
    const call = args.join(' ') + (input === undefined ? '' : ` < ${input}`);
    this.calls.push(call);
    if (this.failAt?.test(call)) {
      throw new Error(`refused: ${call}`);
    }
    const [, , name = ''] = args;
    if (call.startsWith('netns add')) {
      this.namespaces.add(name);
    } else if (call.startsWith('netns delete')) {
      assert.ok(this.namespaces.delete(name), `${name} was there`);
    }
    return call === 'netns list'
      ? [...this.namespaces].map((netns, index) => `${netns} (id: ${index})\n`).join('')
      : '';
  };
}

describe('createLab', () => {
  it('switches IPv6 off before there is a device, and makes a queue for each CPU', async () => {
    const machine = new FakeMachine();
    const lab = await createLab({ name: 'unit' }, machine);
    assert.deepEqual(lab.tx, { netns: TX, device: 'gen0' });
    assert.deepEqual(lab.rx, { netns: RX, device: 'demo0' });
    const ipv6 = 'tee /proc/sys/net/ipv6/conf/all/disable_ipv6 < 1';
    const queues = 'numtxqueues 4 numrxqueues 4';
    assert.deepEqual(machine.calls, [
      'netns list',
      `netns add ${TX}`,
      `netns exec ${TX} ${ipv6}`,
      `netns add ${RX}`,
      `netns exec ${RX} ${ipv6}`,
      `link add name gen0 netns ${TX} ${queues} type veth peer name demo0 netns ${RX} ${queues}`,
      `-n ${TX} link set gen0 up`,
      `-n ${RX} link set demo0 up`,
    ]);
  });

  it('leaves IPv6 alone on a kernel without it', async () => {
    const machine = new FakeMachine();
    machine.hasIpv6 = false;
    await createLab({ name: 'unit' }, machine);
    assert.ok(!machine.calls.some((call) => call.includes('disable_ipv6')));
  });

  it('removes both namespaces when it is closed, once', async () => {
    const machine = new FakeMachine(['another']);
    const lab = await createLab({ name: 'unit' }, machine);
    await Promise.all([lab.close(), lab.close()]);
    await lab.close();
    assert.deepEqual([...machine.namespaces], ['another']);
  });

  it('minds no namespace that somebody else has removed', async () => {
    const machine = new FakeMachine();
    const lab = await createLab({ name: 'unit' }, machine);
    machine.namespaces.delete(TX);
    await lab.close();
    assert.equal(machine.namespaces.size, 0);
  });

  it('removes what labs of dead processes have left, and nothing else', async () => {
    const others = ['xdp-demo-7-tx', 'xdp-demo-8', 'xdp-8-rx-x', 'demo-8-tx', 'eth'];
    const machine = new FakeMachine(['xdp-demo-8-tx', 'xdp-a-b-9-rx', ...others]);
    await createLab({ name: 'unit' }, machine);
    assert.deepEqual([...machine.namespaces], [...others, TX, RX]);
  });

  it('does not mind a leftover that it cannot remove', async () => {
    const machine = new FakeMachine(['xdp-demo-8-tx']);
    machine.failAt = /netns delete xdp-demo-8-tx/;
    await createLab({ name: 'unit' }, machine);
    assert.deepEqual([...machine.namespaces], ['xdp-demo-8-tx', TX, RX]);
  });

  for (const step of [/netns add .*-rx/, /disable_ipv6/, /link add/, /link set demo0/]) {
    it(`leaves nothing behind when ${step} fails`, async () => {
      const machine = new FakeMachine();
      machine.failAt = step;
      await assert.rejects(createLab({ name: 'unit' }, machine), /^Error: refused/);
      assert.equal(machine.namespaces.size, 0);
    });
  }
});
