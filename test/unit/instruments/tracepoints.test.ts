// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { RequirementError, SystemError } from '../../../src/errors.ts';
import { type TracepointOptions, Tracepoints } from '../../../src/instruments/tracepoints.ts';
import { ACTIONS } from '../../../src/snapshot/packet-class.ts';
import { REDIRECT_ERRORS } from '../../../src/snapshot/tracepoints.ts';
import { FakeLog } from '../fake-log.ts';
import { devicesOf } from './devices.ts';
import { FakeTracepoints, unsupported } from './fake-tracepoints.ts';

const ETH0 = { inode: 1, ifindex: 1 };
const ETH1 = { inode: 1, ifindex: 2 };
const ELSEWHERE = { inode: 2, ifindex: 1 };

const NAMES = ['xdp_exception', 'xdp_redirect_err', 'xdp_devmap_xmit', 'xdp_cpumap_enqueue'];

describe('Tracepoints', () => {
  let kernel: FakeTracepoints;
  let log: FakeLog;
  beforeEach(() => {
    kernel = new FakeTracepoints();
    log = new FakeLog();
  });

  const open = (mode: TracepointOptions['mode'] = 'auto', hook = () => kernel) =>
    new Tracepoints(hook, { mode, places: 4, log: log.log, wallMs: () => 5 });
  const follow = (tracepoints: Tracepoints, ...wanted: readonly string[]) =>
    tracepoints.follow(
      [{ inode: 1, wanted, present: devicesOf('eth0', 'eth1', 'eth2') }],
      new Set(),
    );

  it('listen at all of them, and let go of all', () => {
    const tracepoints = open('on');
    assert.deepEqual([...tracepoints.info.keys()], NAMES);
    tracepoints.close();
    assert.deepEqual(kernel.events, [
      ...NAMES.map((name) => `attach ${name}`),
      ...NAMES.map((name) => `close ${name}`),
      'close',
    ]);
    assert.deepEqual(log.records, []);
  });

  it('go on without one that the kernel does not have, and say so once', () => {
    kernel.refusals.set('xdp_redirect_err', unsupported('xdp_redirect_err'));
    const tracepoints = open();
    assert.deepEqual(log.at('warn'), [
      'listen to xdp_redirect_err: the kernel has no such tracepoint, or no BTF that describes it; use a kernel with CONFIG_DEBUG_INFO_BTF, or switch tracepoints off with --tracepoints off; its metrics are absent',
    ]);
    assert.equal(tracepoints.reason('xdp_redirect_err'), 'no_tracepoint');
    assert.equal(tracepoints.reason('xdp_exception'), undefined);
    follow(tracepoints, 'eth0');
    const { devices, tracepoints: states } = tracepoints.read();
    assert.deepEqual(Object.keys(devices[0] ?? {}), ['name', 'startedAtMs', 'exceptions']);
    assert.deepEqual(states[1], { name: 'xdp_redirect_err', reason: 'no_tracepoint', missed: 0 });
  });

  for (const [code, reason] of [
    ['EPERM', 'permission'],
    ['EACCES', 'permission'],
    ['ENOMEM', 'refused'],
  ] as const) {
    it(`tell ${code} as the reason "${reason}"`, () => {
      kernel.refusals.set('xdp_exception', new SystemError('attach to tracepoint', code));
      assert.equal(open().reason('xdp_exception'), reason);
      assert.match(
        log.at('warn')[0] ?? '',
        new RegExp(`attach to tracepoint: ${code}; .*; its metrics`),
      );
    });
  }

  it('are all off, with one line, where the maps are refused', () => {
    const tracepoints = open('auto', () => {
      throw new SystemError('load BPF object', 'EPERM');
    });
    follow(tracepoints, 'eth0');
    const { tracepoints: states, ...rest } = tracepoints.read();
    assert.ok(states.every(({ reason }) => reason === 'permission'));
    assert.deepEqual(rest, { devices: [], devmap: [], cpumap: [] });
    assert.equal(log.at('warn').length, 1);
    tracepoints.close();
  });

  it('end the start where they must be on and one is missing, and leave nothing behind', () => {
    kernel.refusals.set('xdp_exception', unsupported('xdp_exception'));
    assert.throws(
      () => open('on'),
      (error) =>
        error instanceof RequirementError && /listen to xdp_exception: .*auto$/.test(error.message),
    );
    assert.deepEqual(kernel.events.slice(-4), [
      ...NAMES.slice(1).map((name) => `close ${name}`),
      'close',
    ]);
    assert.deepEqual(log.records, []);
  });

  it('count over all CPUs, by device, for those that are wanted and there', () => {
    const tracepoints = open();
    follow(tracepoints, 'eth0', 'eth1', 'eth9');
    kernel.exception(ETH0, 0, 10, 0);
    kernel.exception(ETH0, 0, 5, 1);
    kernel.exception(ETH1, 5);
    kernel.redirectError(ETH1, 2);
    kernel.exception(ELSEWHERE, 0);
    const [eth0, eth1, ...others] = tracepoints.read().devices;
    assert.deepEqual(others, []);
    assert.deepEqual([eth0?.name, eth0?.startedAtMs, eth1?.name], ['eth0', 5, 'eth1']);
    assert.deepEqual([...(eth0?.exceptions ?? [])], [15, 0, 0, 0, 0, 0]);
    assert.deepEqual([...(eth1?.exceptions ?? [])], [0, 0, 0, 0, 0, 1]);
    assert.equal(eth1?.exceptions?.length, ACTIONS.length);
    assert.equal(eth1?.redirectErrors?.[2], 1);
    assert.equal(eth1?.redirectErrors?.length, REDIRECT_ERRORS.length);
  });

  it('tell redirects by their ends, of which one may be any device', () => {
    const tracepoints = open();
    follow(tracepoints, 'eth1', 'eth0');
    kernel.xmit(ETH0, ETH1, 3, 1);
    kernel.xmit(ETH1, ELSEWHERE, 5, 0);
    kernel.xmit(ELSEWHERE, ELSEWHERE, 7, 7);
    const { devices, devmap } = tracepoints.read();
    const nameOf = (index: number | undefined) => devices[index ?? -1]?.name;
    assert.deepEqual(
      devmap.map(({ from, to, sent, dropped }) => [nameOf(from), nameOf(to), sent, dropped]),
      [
        ['eth0', 'eth1', 3, 1],
        ['eth1', undefined, 5, 0],
      ],
    );
  });

  it('leave out a path that leads to a place that nobody has', () => {
    const tracepoints = open();
    kernel.devmap.add(3, 3, 1, 1);
    assert.deepEqual(tracepoints.read().devmap, []);
  });

  it('tell cpumaps, whatever the devices', () => {
    const tracepoints = open();
    kernel.cpumap.add(42, 1, 100, 8);
    assert.deepEqual(tracepoints.read().cpumap, [{ map: 42, cpu: 1, enqueued: 100, dropped: 8 }]);
  });

  it('add up what found no room and what the kernel did not hand on', () => {
    const tracepoints = open();
    kernel.misses = 2;
    kernel.missed.add(0, 1, 0, 10);
    kernel.missed.add(1, 0, 0, 20);
    const missed = tracepoints.read().tracepoints.map(({ missed: events }) => events);
    assert.deepEqual(missed, [2, 2, 12, 22]);
  });

  it('follow no device of a namespace that is not there', () => {
    const tracepoints = open();
    tracepoints.follow([{ netns: 'blue', wanted: ['eth0'], present: undefined }], new Set());
    assert.deepEqual(kernel.watched, []);
  });
});
