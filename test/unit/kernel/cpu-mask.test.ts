// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ExporterError } from '../../../src/errors.ts';
import { parseCpuMask, readCpuMask } from '../../../src/kernel/cpu-mask.ts';

describe('parseCpuMask', () => {
  const lists: readonly (readonly [string, readonly number[]])[] = [
    ['', []],
    ['\n', []],
    ['0\n', [0]],
    ['0-0', [0]],
    ['0-3\n', [0, 1, 2, 3]],
    ['0,3-7', [0, 3, 4, 5, 6, 7]],
    ['1,3,65535', [1, 3, 65535]],
  ];
  for (const [text, cpuIds] of lists) {
    it(`reads ${JSON.stringify(text)} as [${cpuIds}]`, () => {
      assert.deepEqual(parseCpuMask(text), cpuIds);
    });
  }

  const damaged = [
    'x',
    '0,',
    ',0',
    '3-1',
    '1-',
    '-1',
    '0 1',
    '0x3',
    '1.5',
    '0-3:1/2',
    '0--1',
    'ff',
  ];
  for (const text of damaged) {
    it(`refuses ${JSON.stringify(text)} and quotes it`, () => {
      assert.throws(
        () => parseCpuMask(text),
        (error) => error instanceof ExporterError && error.message.includes(`"${text}"`),
      );
    });
  }

  for (const text of ['0-65536', '0-99999', '0-999999999999', '0-1e9', '99999999999999999999']) {
    it(`refuses the hostile list "${text}" before it fills memory`, () => {
      assert.throws(() => parseCpuMask(text), /is not a CPU or a range of CPUs/);
    });
  }

  it('reads back every list of CPUs', () => {
    const ids = fc.uniqueArray(fc.nat(2000), { maxLength: 100 });
    fc.assert(
      fc.property(ids, (unsorted) => {
        const sorted = unsorted.toSorted((a, b) => a - b);
        assert.deepEqual(parseCpuMask(`${formatList(sorted)}\n`), sorted);
      }),
    );
  });

  it('gives numbers or an ExporterError for whatever text there is', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'0123456789,- \nx') }), (text) => {
        try {
          const ids = parseCpuMask(text);
          assert.ok(ids.every((id) => Number.isInteger(id) && id >= 0 && id <= 65535));
        } catch (error) {
          assert.ok(error instanceof ExporterError);
        }
      }),
    );
  });
});

describe('readCpuMask', () => {
  it('reads the list of the kind asked for below the root given', () => {
    const root = mkdtempSync(join(tmpdir(), 'cpu-mask-'));
    try {
      writeFileSync(join(root, 'possible'), '0-7\n');
      writeFileSync(join(root, 'online'), '0,2-3\n');
      assert.equal(readCpuMask('possible', root).length, 8);
      assert.deepEqual(readCpuMask('online', root), [0, 2, 3]);
    } finally {
      rmSync(root, { recursive: true });
    }
  });

  it("reads this machine's CPUs, of which the online ones are possible too", () => {
    const possible = readCpuMask('possible');
    const online = readCpuMask('online');
    assert.ok(online.every((id) => possible.includes(id)));
    assert.ok(online.length > 0);
    assert.ok(possible.length >= cpus().length);
  });
});

/** As the kernel's bitmap_print_to_pagebuf: ascending, runs as ranges. */
function formatList(ids: readonly number[]): string {
  const runs: [number, number][] = [];
  for (const id of ids) {
    const run = runs.at(-1);
    if (run !== undefined && run[1] === id - 1) {
      run[1] = id;
    } else {
      runs.push([id, id]);
    }
  }
  return runs.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(',');
}
