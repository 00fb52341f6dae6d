// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AbiMismatchError, SystemError } from '../../../src/errors.ts';
import { libbpf } from '../../../src/ffi/libbpf.ts';
import { BpfMap, BpfObject, BpfProgram } from '../../../src/kernel/object.ts';
import { SharedMaps } from '../../../src/kernel/shared-maps.ts';
import { objectPath } from './btf.ts';

const EXPORTER = objectPath('bpf', 'xdp_exporter');
const PROGRAM = 'xdp_exporter';

describe('SharedMaps', () => {
  it('loads the maps without the program', (t) => {
    const calls: string[] = [];
    t.mock.method(BpfProgram.prototype, 'skip', () => calls.push('skip'));
    t.mock.method(BpfObject.prototype, 'load', () => calls.push('load'));
    new SharedMaps(EXPORTER, PROGRAM, [0, 1]).close();
    assert.deepEqual(calls, ['skip', 'load']);
  });

  it('has batches for every CPU id there could be, whose ids may have gaps', (t) => {
    t.mock.method(BpfObject.prototype, 'load', () => {});
    const entries = t.mock.method(BpfMap.prototype, 'setMaxEntries');
    new SharedMaps(EXPORTER, PROGRAM, [0, 1, 5]).close();
    assert.deepEqual(
      entries.mock.calls.map((call) => call.arguments),
      [[6]],
    );
  });

  it('closes its object', (t) => {
    t.mock.method(BpfObject.prototype, 'load', () => {});
    const maps = new SharedMaps(EXPORTER, PROGRAM, [0]);
    const close = t.mock.method(BpfObject.prototype, 'close');
    maps.close();
    assert.equal(close.mock.callCount(), 1);
  });

  it('reads each map with the size of its own value, for the CPUs given', (t) => {
    t.mock.method(BpfObject.prototype, 'load', () => {});
    t.mock.method(libbpf(), 'bpf_map_lookup_batch', () => ({ value: 0, errno: 0 }));
    const maps = new SharedMaps(EXPORTER, PROGRAM, [0, 1, 5]);
    t.after(() => maps.close());
    assert.equal(maps.traffic.read(1).wordsPerKey, 3 * 2);
    assert.equal(maps.packetSizes.read(1).wordsPerKey, 3 * 22);
  });

  it('has another object use its maps', (t) => {
    t.mock.method(BpfObject.prototype, 'load', () => {});
    const maps = new SharedMaps(EXPORTER, PROGRAM, [0]);
    const other = new BpfObject(EXPORTER);
    t.after(() => {
      other.close();
      maps.close();
    });
    let fd = 70;
    t.mock.getter(BpfMap.prototype, 'fd', () => fd++);
    const reused: number[] = [];
    t.mock.method(BpfMap.prototype, 'reuse', (shared: number) => reused.push(shared));
    maps.shareWith(other);
    assert.deepEqual(reused.slice(0, 2), [70, 71]);
  });

  const shapes = [
    {
      field: 'valueSizeBytes',
      message:
        'check "size of a value in map xdp_traffic": expected 16, the BPF object has 5; rebuild or reinstall xdp-exporter',
    },
    {
      field: 'maxEntries',
      message:
        'check "entries of map xdp_traffic": expected 1536, the BPF object has 5; rebuild or reinstall xdp-exporter',
    },
  ] as const;
  for (const { field, message } of shapes) {
    it(`refuses an object of another version by ${field}, and closes it`, (t) => {
      const close = t.mock.method(BpfObject.prototype, 'close');
      const load = t.mock.method(BpfObject.prototype, 'load', () => {});
      t.mock.getter(BpfMap.prototype, field, () => 5);
      assert.throws(
        () => new SharedMaps(EXPORTER, PROGRAM, [0]),
        (error) => error instanceof AbiMismatchError && error.message === message,
      );
      assert.equal(close.mock.callCount(), 1);
      assert.equal(load.mock.callCount(), 0);
    });
  }

  it('refuses an object without its maps, and closes it', (t) => {
    const close = t.mock.method(BpfObject.prototype, 'close');
    assert.throws(
      () => new SharedMaps(objectPath('test/bpf', 'empty'), 'empty', [0]),
      (error) => error instanceof SystemError && /^find map "xdp_traffic" in /.test(error.message),
    );
    assert.equal(close.mock.callCount(), 1);
  });

  it('refuses an object without the program, and closes it', (t) => {
    const close = t.mock.method(BpfObject.prototype, 'close');
    assert.throws(
      () => new SharedMaps(EXPORTER, 'no_such_program', [0]),
      /^SystemError: find program "no_such_program" in .*: ENOENT/,
    );
    assert.equal(close.mock.callCount(), 1);
  });
});
