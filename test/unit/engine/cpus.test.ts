// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { CpuList, countPackets } from '../../../src/engine/cpus.ts';
import { ExporterError } from '../../../src/errors.ts';
import { FakeLog } from '../fake-log.ts';
import { FakeCounters, trafficWord } from './fake-machine.ts';

const WARNING = 'packets arrive on CPUs that the kernel does not list as online';

describe('CpuList', () => {
  let log: FakeLog;
  let online: readonly number[];
  let failure: unknown;
  /** By position. */
  let packets: number[];
  let cpus: CpuList;
  beforeEach(() => {
    log = new FakeLog();
    failure = undefined;
    packets = [0, 0, 0, 0];
    online = [0, 2, 5, 7];
    cpus = listOf([0, 2, 5, 7]);
  });

  function listOf(possible: readonly number[]): CpuList {
    const read = () => {
      if (failure !== undefined) {
        throw failure;
      }
      return online;
    };
    return new CpuList(possible, read, log.log);
  }

  const shown = () => cpus.shown((position) => packets[position] ?? 0);

  /** Each CPU receives a packet. */
  const receive = (...positions: readonly number[]) => {
    for (const position of positions) {
      packets[position] = (packets[position] ?? 0) + 1;
    }
  };

  it('shows those that are online, ascending, and only those that are possible', () => {
    online = [7, 9, 0];
    assert.deepEqual(cpus.online(), [0, 7]);
    assert.deepEqual(shown(), [0, 7]);
    assert.deepEqual(log.records, []);
  });

  it('does not show a CPU that went offline, whatever it had counted', () => {
    receive(0, 1, 2, 3);
    assert.deepEqual(shown(), [0, 2, 5, 7]);
    receive(1);
    online = [0, 5, 7];
    assert.deepEqual(shown(), [0, 5, 7]);
    assert.deepEqual(shown(), [0, 5, 7]);
    assert.deepEqual(log.records, []);
  });

  it('does not take a CPU that was online between two snapshots for one that is hidden', () => {
    online = [0];
    assert.deepEqual(shown(), [0]);
    online = [0, 2];
    cpus.online();
    receive(1);
    online = [0];
    assert.deepEqual(shown(), [0]);
  });

  it('shows a CPU that was never listed from its first packet on, and says so once', () => {
    online = [0];
    receive(0);
    assert.deepEqual(shown(), [0]);
    receive(0, 2, 3);
    assert.deepEqual(shown(), [0, 5, 7]);
    receive(2);
    assert.deepEqual(shown(), [0, 5, 7]);
    assert.deepEqual(
      log.records.map(({ level, message, fields }) => [level, message, fields]),
      [['warn', WARNING, { cpus: '5,7' }]],
    );
  });

  it('shows a CPU that was never listed and has sent before the first look', () => {
    online = [0];
    receive(3);
    assert.deepEqual(shown(), [0, 7]);
  });

  it('shows a CPU that sends after it has left the list', () => {
    receive(1);
    shown();
    online = [0];
    assert.deepEqual(shown(), [0]);
    receive(1);
    assert.deepEqual(shown(), [0, 2]);
    online = [0, 2];
    assert.deepEqual(shown(), [0, 2]);
    online = [0];
    assert.deepEqual(shown(), [0]);
  });

  it('is not deceived by a slot that is cleared', () => {
    online = [0];
    packets = [0, 5, 0, 0];
    shown();
    online = [0, 2];
    shown();
    online = [0];
    assert.deepEqual(shown(), [0]);
    packets = [0, 1, 0, 0];
    assert.deepEqual(shown(), [0]);
    receive(1);
    assert.deepEqual(shown(), [0, 2]);
  });

  it('shows those that send where the list is hidden, and says once that it is', () => {
    failure = new ExporterError('read list of online CPUs: EACCES');
    assert.deepEqual(cpus.online(), []);
    assert.deepEqual(shown(), []);
    receive(0, 3);
    assert.deepEqual(shown(), [0, 7]);
    receive(1);
    assert.deepEqual(shown(), [0, 2, 7]);
    assert.deepEqual(log.at('warn'), [
      'read list of online CPUs: EACCES; CPUs are shown as soon as they receive packets',
    ]);
    failure = undefined;
    assert.deepEqual(shown(), [0, 2, 5, 7]);
  });

  it('keeps the last list while it cannot be read, and says so once each time', () => {
    online = [0, 2];
    shown();
    failure = new ExporterError('read list of online CPUs: EMFILE');
    assert.deepEqual(cpus.online(), [0, 2]);
    assert.deepEqual(shown(), [0, 2]);
    receive(2);
    assert.deepEqual(shown(), [0, 2, 5]);
    assert.deepEqual(log.at('warn'), [
      'read list of online CPUs: EMFILE; those of the last list stay, others are shown as soon as they receive packets',
    ]);
    failure = undefined;
    online = [0];
    assert.deepEqual(shown(), [0, 5]);
    failure = new ExporterError('read list of online CPUs: EIO');
    assert.deepEqual(shown(), [0, 5]);
    assert.equal(log.at('warn').length, 2);
  });

  it('shows what it knows where no counters can be read, and learns nothing from that', () => {
    online = [0];
    receive(3);
    assert.deepEqual(shown(), [0, 7]);
    assert.deepEqual(cpus.shown(), [0, 7]);
    online = [2];
    assert.deepEqual(cpus.shown(), [2, 7]);
    assert.deepEqual(shown(), [2, 7]);
  });
});

describe('countPackets', () => {
  it('sums the packets of every slot and action on one CPU', () => {
    const counters = new FakeCounters(3, 2);
    for (const [slot, action] of [
      [0, 0],
      [0, 5],
      [1, 2],
      [2, 2],
    ] as const) {
      counters.add(slot, 1, 'traffic', trafficWord(action, 'packets'));
      counters.add(slot, 0, 'traffic', trafficWord(action, 'bytes'));
      counters.add(slot, 1, 'sizes');
    }
    assert.equal(countPackets(counters.read(3), 1), 4);
    assert.equal(countPackets(counters.read(2), 1), 3);
    assert.equal(countPackets(counters.read(3), 0), 0);
    assert.equal(countPackets(counters.read(0), 1), 0);
  });
});
