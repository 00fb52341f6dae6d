// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import type { LoggerOptions } from '../../../src/engine/options.ts';
import { Session } from '../../../src/engine/session.ts';
import type { Peaks } from '../../../src/snapshot/peaks.ts';
import { FakeLog } from '../fake-log.ts';
import { LOGGER, optionsOf } from './engine-options.ts';
import { FakeKernel } from './fake-kernel.ts';

describe('peaks in a snapshot of Session', () => {
  let kernel: FakeKernel;
  beforeEach(() => {
    kernel = new FakeKernel();
  });

  function open(logger: Partial<LoggerOptions> = {}): Session {
    kernel.home.plug('eth0', 'eth1');
    const options = optionsOf({ include: ['eth0', 'eth1'] }, { logger: { ...LOGGER, ...logger } });
    const session = new Session(kernel, options, new FakeLog().log);
    session.rescan();
    return session;
  }

  function receive(name: string, packets: number, cpu = 0): void {
    for (let packet = 0; packet < packets; packet++) {
      kernel.receive(name, { cpu });
    }
  }

  const packetsOf = (peaks: Peaks | undefined) =>
    peaks && [peaks['10ms'].packets, peaks['1s'].packets];
  const peaksOf = (session: Session) => session.snapshot().parts.peaks?.map(packetsOf);

  it('are those of each device, of all its CPUs', () => {
    const session = open();
    assert.deepEqual(peaksOf(session), [
      [0, 0],
      [0, 0],
    ]);
    receive('eth0', 3, 0);
    receive('eth0', 4, 2);
    receive('eth1', 5, 1);
    assert.deepEqual(peaksOf(session), [
      [7, 7],
      [5, 5],
    ]);
    assert.deepEqual(peaksOf(session), [
      [7, 7],
      [5, 5],
    ]);
  });

  it('stay where the sampling interval was raised and nothing was left out since', () => {
    const session = open({ maxEventsPerSecond: 10 });
    receive('eth0', 7);
    assert.deepEqual(peaksOf(session), [
      [7, 7],
      [0, 0],
    ]);
    assert.equal(session.snapshot().parts.logger?.state.sampleInterval, 2);
    assert.deepEqual(peaksOf(session), [
      [7, 7],
      [0, 0],
    ]);
  });

  it('are absent of a device of which sampling has left packets out, and of no other', () => {
    const session = open({ maxEventsPerSecond: 10 });
    receive('eth0', 7);
    session.turn();
    kernel.counters.add(kernel.attachmentOf('eth0')?.slot ?? -1, 1, 'sampled_out');
    assert.deepEqual(peaksOf(session), [undefined, [0, 0]]);
    assert.deepEqual(peaksOf(session), [undefined, [0, 0]]);
  });

  it('have the rings read often, and are not there to be blurred where sampling lets them wait', () => {
    const session = open({ maxEventsPerSecond: 10 });
    assert.equal(session.logger?.turnIntervalMs, LOGGER.turnIntervals.exactMs);
    receive('eth0', 7);
    session.turn();
    assert.equal(session.logger?.turnIntervalMs, LOGGER.turnIntervals.sampledMs);
  });

  it('are absent where the sampling interval is fixed, and where the logger is off', () => {
    assert.equal(open({ sampleInterval: 100 }).snapshot().parts.peaks, undefined);
    assert.notEqual(open({ sampleInterval: 1 }).snapshot().parts.peaks, undefined);
    const off = new Session(kernel, optionsOf({ include: ['eth0'] }), new FakeLog().log);
    assert.equal(off.snapshot().parts.peaks, undefined);
  });
});
