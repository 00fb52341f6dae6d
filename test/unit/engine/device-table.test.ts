// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { DeviceTable, type Entry } from '../../../src/engine/device-table.ts';
import { FakeKernel, FakeLog } from './fake-kernel.ts';

describe('DeviceTable', () => {
  let kernel: FakeKernel;
  let log: FakeLog;
  let nowMs: number;
  let table: DeviceTable;
  beforeEach(() => {
    kernel = new FakeKernel();
    log = new FakeLog();
    nowMs = 1_000_000;
    table = new DeviceTable(kernel, 'auto', log.logger, { now: () => nowMs });
  });

  const update = (...wanted: string[]) => table.update(wanted, kernel.present);
  const entry = (name: string): Entry | undefined =>
    table.entries().find((candidate) => candidate.name === name);
  /** What the kernel was asked since the last time this was called. */
  const events = () => kernel.events.splice(0);

  it('attaches what is wanted and there, each in a clean slot of its own', () => {
    kernel.plug('eth0', 'eth1', 'eth2');
    update('eth0', 'eth2');
    assert.deepEqual(events(), [
      'clear 0',
      'attach eth0 0 native',
      'clear 1',
      'attach eth2 1 native',
    ]);
    assert.deepEqual(
      table.entries().map(({ name, slot, counted, reason }) => ({ name, slot, counted, reason })),
      [
        { name: 'eth0', slot: 0, counted: true, reason: undefined },
        { name: 'eth2', slot: 1, counted: true, reason: undefined },
      ],
    );
    assert.equal(table.slots(), 2);
    assert.deepEqual(log.at('info'), ['attached', 'attached']);
    assert.deepEqual(log.records[0]?.fields, { device: 'eth0', mode: 'native', program_id: 2 });
  });

  it('does nothing where all is well', () => {
    kernel.plug('eth0');
    update('eth0');
    events();
    update('eth0');
    assert.deepEqual(events(), []);
    assert.equal(log.records.length, 1);
  });

  it('says since when a device counts: its first attachment, whatever came after', () => {
    update('eth0');
    assert.equal(entry('eth0')?.startedAtMs, undefined);
    kernel.plug('eth0');
    nowMs += 5_000;
    update('eth0');
    kernel.unplug('eth0');
    nowMs += 5_000;
    update('eth0');
    kernel.plug('eth0');
    nowMs += 100_000;
    update('eth0');
    assert.equal(entry('eth0')?.startedAtMs, 1_005_000);
    update();
    update('eth0');
    assert.equal(entry('eth0')?.startedAtMs, nowMs);
  });

  it('is empty without devices', () => {
    update();
    assert.equal(table.slots(), 0);
    assert.deepEqual(table.entries(), []);
  });

  it('drops what is no longer wanted, and gives its slot, cleared, to the next', () => {
    kernel.plug('eth0', 'eth1', 'eth2');
    update('eth0', 'eth1');
    events();
    update('eth1', 'eth2');
    assert.deepEqual(events(), ['close eth0', 'clear 0', 'attach eth2 0 native']);
    assert.deepEqual(
      table.entries().map(({ name, slot }) => [name, slot]),
      [
        ['eth1', 1],
        ['eth2', 0],
      ],
    );
    assert.deepEqual(log.at('info').slice(2), ['dropped device', 'attached']);
  });

  it('reads as far as the highest slot, also where lower ones are free', () => {
    kernel.plug('eth0', 'eth1', 'eth2');
    update('eth0', 'eth1', 'eth2');
    update('eth2');
    assert.equal(table.slots(), 3);
    table.remove('eth2');
    assert.equal(table.slots(), 0);
    table.remove('eth2');
    assert.equal(log.at('info').filter((message) => message === 'dropped device').length, 3);
  });

  it('keeps a place for a device that is absent, and attaches it when it comes', () => {
    kernel.plug('eth0');
    update('eth1');
    assert.equal(entry('eth1')?.counted, false);
    assert.equal(entry('eth1')?.attachment, undefined);
    assert.deepEqual(log.at('warn'), ['find device "eth1": no such device; did you mean "eth0"?']);
    kernel.plug('eth1');
    update('eth1');
    assert.equal(entry('eth1')?.reason, undefined);
    assert.equal(entry('eth1')?.counted, true);
  });

  it('logs a reason once, however often it tries, and a new reason again', () => {
    kernel.plug('eth0');
    kernel.refuse('eth0', 'EBUSY');
    for (const _ of [1, 2, 3]) {
      update('eth0', 'eth9');
      nowMs += 100_000;
    }
    assert.equal(log.at('warn').length, 2);
    kernel.refuse('eth0', 'EINVAL');
    update('eth0', 'eth9');
    assert.match(log.at('warn')[2] ?? '', /EINVAL/);
    assert.equal(log.at('warn').length, 3);
  });

  it('waits twice as long after each refusal, from 2 s to a minute', () => {
    kernel.plug('eth0');
    kernel.refuse('eth0', 'EBUSY');
    const start = nowMs;
    const tries: number[] = [];
    for (; nowMs < start + 250_000; nowMs += 500) {
      update('eth0');
      if (events().some((event) => event.startsWith('attach'))) {
        tries.push((nowMs - start) / 1000);
      }
    }
    assert.deepEqual(tries, [0, 2, 6, 14, 30, 62, 122, 182, 242]);
  });

  it('begins with short waits again after a success', () => {
    kernel.plug('eth0');
    kernel.refuse('eth0', 'EBUSY');
    update('eth0');
    kernel.refusals.clear();
    nowMs += 2000;
    update('eth0');
    assert.equal(entry('eth0')?.reason, undefined);
    const attachment = kernel.attachments.get('eth0');
    assert.ok(attachment !== undefined);
    attachment.attached = false;
    kernel.refuse('eth0', 'EBUSY');
    events();
    update('eth0');
    nowMs += 1999;
    update('eth0');
    assert.deepEqual(events(), ['close eth0', 'attach eth0 0 native']);
    nowMs += 1;
    update('eth0');
    assert.deepEqual(events(), ['attach eth0 0 native']);
  });

  it('keeps the counters of a device that goes away, and goes on when it comes back', () => {
    kernel.plug('eth0', 'eth1');
    update('eth0');
    kernel.unplug('eth0');
    update('eth0');
    update('eth0');
    assert.deepEqual(events(), ['clear 0', 'attach eth0 0 native', 'close eth0']);
    assert.equal(entry('eth0')?.counted, true);
    assert.equal(entry('eth0')?.attachment, undefined);
    assert.deepEqual(log.at('warn'), ['watch device "eth0": the device has gone']);
    kernel.plug('eth0');
    update('eth0');
    assert.deepEqual(events(), ['attach eth0 0 native']);
  });

  it('notices another device under the same name, and attaches to that one', () => {
    kernel.plug('eth0');
    update('eth0');
    kernel.present = [{ name: 'eth0', ifindex: 9 }];
    update('eth0');
    assert.deepEqual(events(), [
      'clear 0',
      'attach eth0 0 native',
      'close eth0',
      'attach eth0 0 native',
    ]);
    assert.equal(entry('eth0')?.ifindex, 9);
    assert.deepEqual(log.at('warn'), ['watch device "eth0": the device has gone']);
  });

  it('notices that another process detached it, and attaches again', () => {
    kernel.plug('eth0');
    update('eth0');
    const attachment = kernel.attachments.get('eth0');
    assert.ok(attachment !== undefined);
    attachment.attached = false;
    events();
    update('eth0');
    assert.deepEqual(events(), ['close eth0', 'attach eth0 0 native']);
    assert.deepEqual(log.at('warn'), [
      'watch device "eth0": the program was detached by another process',
    ]);
    assert.notEqual(entry('eth0')?.attachment, attachment);
  });

  it('says that a device which was refused has gone', () => {
    kernel.plug('eth0');
    kernel.refuse('eth0', 'EBUSY');
    update('eth0');
    kernel.unplug('eth0');
    update('eth0');
    assert.match(entry('eth0')?.reason ?? '', /no such device|has gone/);
    assert.equal(log.at('warn').length, 2);
  });

  it('goes on with the other devices where one refuses', () => {
    kernel.plug('eth0', 'eth1');
    kernel.refuse('eth0', 'EBUSY');
    update('eth0', 'eth1');
    assert.equal(entry('eth0')?.attachment, undefined);
    assert.equal(entry('eth1')?.counted, true);
  });

  it('does not swallow an error that is no refusal', () => {
    kernel.plug('eth0');
    kernel.refusals.set('eth0', new TypeError('boom'));
    assert.throws(() => update('eth0'), /boom/);
  });

  it('closes the last attached first, and everything once', () => {
    kernel.plug('eth0', 'eth1', 'eth2');
    kernel.refuse('eth1', 'EBUSY');
    update('eth0', 'eth1', 'eth2');
    events();
    table.close();
    table.close();
    assert.deepEqual(events(), ['close eth2', 'close eth0']);
    assert.deepEqual(table.entries(), []);
  });
});
