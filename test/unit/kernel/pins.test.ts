// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import fs, { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { libbpf } from '../../../src/ffi/libbpf.ts';
import { libc } from '../../../src/ffi/libc.ts';
import { openProgramOrPin } from '../../../src/kernel/pins.ts';

const EPERM = 1;
const ENOENT = 2;
const EACCES = 13;

/** What is pinned where: programs and maps by their ids. */
type Pins = Readonly<Record<string, { readonly kind: 'prog' | 'map'; readonly id: number }>>;

/** A folder with these pins, where programs may not be opened by their ids. */
function fakePins(t: TestContext, pins: Pins, errno = EPERM) {
  const folder = mkdtempSync(join(tmpdir(), 'pins-'));
  t.after(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'sub'));
  for (const name of Object.keys(pins)) {
    writeFileSync(join(folder, name), '');
  }
  const open = new Map<number, Pins[string]>();
  const close = libc().close;
  t.mock.method(libbpf(), 'bpf_prog_get_fd_by_id', () => ({ value: -errno, errno }));
  t.mock.method(libbpf(), 'bpf_obj_get', (path: string) => {
    const pin = pins[path.slice(folder.length + 1)];
    if (pin === undefined) {
      return { value: -EACCES, errno: EACCES };
    }
    const fd = 100_000 + open.size;
    open.set(fd, pin);
    return { value: fd, errno: 0 };
  });
  t.mock.method(fs, 'readlinkSync', (path: string) => {
    return `anon_inode:bpf-${open.get(Number(path.split('/').at(-1)))?.kind}`;
  });
  syncBuiltinESMExports();
  t.after(() => {
    t.mock.restoreAll();
    syncBuiltinESMExports();
  });
  t.mock.method(libbpf(), 'bpf_obj_get_info_by_fd', (fd: number, info: Buffer) => {
    info.writeUInt32LE(open.get(fd)?.id ?? 0, 4);
    return { value: 0, errno: 0 };
  });
  t.mock.method(libc(), 'close', (fd: number) => {
    return open.delete(fd) ? { value: 0, errno: 0 } : close(fd);
  });
  return { folder, open };
}

const PINS: Pins = {
  map: { kind: 'map', id: 9 },
  other: { kind: 'prog', id: 8 },
  'sub/filter': { kind: 'prog', id: 9 },
};

describe('openProgramOrPin', () => {
  it('opens any program by its id where it may', (t) => {
    const { folder, open } = fakePins(t, PINS);
    t.mock.method(libbpf(), 'bpf_prog_get_fd_by_id', () => ({ value: 7, errno: 0 }));
    assert.equal(openProgramOrPin(9, [`${folder}/**`]), 7);
    assert.equal(open.size, 0);
  });

  for (const patterns of [['sub/filter'], ['*', 'sub/*'], ['**'], ['absent', '**/f?lter']]) {
    findsBy(patterns);
  }

  function findsBy(patterns: readonly string[]): void {
    it(`finds the program among pins by ${patterns.join(', ')}, and closes the others`, (t) => {
      const { folder, open } = fakePins(t, PINS);
      const fd = openProgramOrPin(
        9,
        patterns.map((pattern) => `${folder}/${pattern}`),
      );
      assert.deepEqual([...open], [[fd, { kind: 'prog', id: 9 }]]);
    });
  }

  it('says that there is no pin of it, or which would not open', (t) => {
    const { folder, open } = fakePins(t, PINS);
    assert.throws(() => openProgramOrPin(9, [`${folder}/o*`, `${folder}/gone/*`]), {
      code: 'EPERM',
      message: `open program 9: EPERM; no pin of it at "${folder}/o*", "${folder}/gone/*" (--observe.pin): it is not among them`,
    });
    assert.throws(
      () => openProgramOrPin(9, [`${folder}/absent`]),
      /\(--observe\.pin\): ".*\/absent": EACCES$/,
    );
    assert.equal(open.size, 0);
  });

  it('does not look for a program that has gone, nor where no pins are named', (t) => {
    const { folder } = fakePins(t, PINS, ENOENT);
    assert.throws(() => openProgramOrPin(9, [`${folder}/**`]), {
      message: 'open program 9: ENOENT',
    });
    fakePins(t, PINS);
    assert.throws(() => openProgramOrPin(9, []), { message: 'open program 9: EPERM' });
  });
});
