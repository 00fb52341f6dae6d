// SPDX-License-Identifier: Apache-2.0
// What the table says of its devices, and how often; and its limit, which it must tell of.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DeviceTable } from '../../../src/engine/device-table.ts';
import { SystemError, VerifierError } from '../../../src/errors.ts';
import { MAX_DEVICES } from '../../../src/kernel/abi.ts';
import { FakeKernel, FakeLog } from './fake-kernel.ts';

describe('the log of DeviceTable', () => {
  const refused = new VerifierError('xdp_exporter', 'R0 !read_ok', ['0: (95) exit', 'R0 !read_ok']);

  function tableOf(kernel: FakeKernel, mode: 'auto' | 'generic' = 'auto') {
    const log = new FakeLog();
    return { log, table: new DeviceTable(kernel, mode, log.logger, { now: () => 0 }) };
  }

  it('warns of generic mode that nobody asked for', () => {
    for (const mode of ['auto', 'generic'] as const) {
      const kernel = new FakeKernel();
      kernel.plug('br0');
      kernel.native = false;
      kernel.refusals.set('br0 native', new SystemError('attach XDP', 'EOPNOTSUPP'));
      const { log, table } = tableOf(kernel, mode);
      table.update(['br0'], kernel.present);
      assert.deepEqual(log.records[0]?.fields, {
        device: 'br0',
        mode: 'generic',
        program_id: kernel.events.length,
      });
      assert.equal(log.at('warn').length, mode === 'auto' ? 1 : 0);
    }
  });

  it("shows the verifier's log at level debug, once", () => {
    const kernel = new FakeKernel();
    kernel.plug('eth0');
    kernel.refusals.set('eth0', refused);
    const { log, table } = tableOf(kernel);
    table.update(['eth0'], kernel.present);
    table.update(['eth0'], kernel.present);
    assert.deepEqual(
      log.records.filter(({ level }) => level === 'debug').map(({ fields }) => fields['line']),
      refused.log,
    );
    assert.deepEqual(log.at('warn'), [refused.message]);
  });

  it("shows the verifier's log also of a device that was absent before", () => {
    const kernel = new FakeKernel();
    kernel.refusals.set('eth0', refused);
    const { log, table } = tableOf(kernel);
    table.update(['eth0'], []);
    kernel.plug('eth0');
    table.update(['eth0'], kernel.present);
    assert.equal(log.at('debug').length, refused.log.length);
  });

  it(`counts ${MAX_DEVICES} devices and warns once of each one beyond`, () => {
    const kernel = new FakeKernel();
    const names = Array.from({ length: MAX_DEVICES + 2 }, (_, index) => `eth${index}`);
    kernel.plug(...names);
    const { log, table } = tableOf(kernel);
    for (const _ of [1, 2, 3]) {
      table.update(names, kernel.present);
    }
    assert.equal(table.entries().length, MAX_DEVICES);
    assert.equal(table.slots(), MAX_DEVICES);
    assert.deepEqual(
      log.records.filter(({ level }) => level === 'warn').map(({ fields }) => fields['device']),
      [`eth${MAX_DEVICES}`, `eth${MAX_DEVICES + 1}`],
    );
  });

  it('counts a device beyond the limit as soon as another one leaves', () => {
    const kernel = new FakeKernel();
    const names = Array.from({ length: MAX_DEVICES + 1 }, (_, index) => `eth${index}`);
    kernel.plug(...names);
    const { table } = tableOf(kernel);
    table.update(names, kernel.present);
    table.update(names.slice(1), kernel.present);
    assert.equal(table.entries().at(-1)?.name, `eth${MAX_DEVICES}`);
    assert.equal(table.entries().at(-1)?.slot, 0);
  });
});
