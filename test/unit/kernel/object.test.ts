// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it, type TestContext } from 'node:test';
import { SystemError, VerifierError } from '../../../src/errors.ts';
import { libbpf } from '../../../src/ffi/libbpf.ts';
import { bindLibrary } from '../../../src/ffi/library.ts';
import { DEVICE, SETTINGS } from '../../../src/kernel/layout.ts';
import { BpfObject } from '../../../src/kernel/object.ts';
import { objectPath } from './object-path.ts';

const EXPORTER = objectPath('bpf', 'xdp_exporter');
const { memcpy } = bindLibrary('test-libc', 'libc.so.6', {
  memcpy: { params: ['i64', 'buffer', 'i64'], returns: 'i64' },
});

/** libbpf fails to load, after the kernel has written `log`. */
function failLoad(t: TestContext, value: number, log: string): void {
  const open = libbpf().bpf_object__open_file;
  let logAddress = 0;
  t.mock.method(libbpf(), 'bpf_object__open_file', (path: string, options: Buffer) => {
    // struct bpf_object_open_opts: sz, ..., kernel_log_buf, kernel_log_size.
    assert.equal(options.readBigUInt64LE(0), BigInt(options.length));
    assert.ok(options.readBigUInt64LE(64) >= 64n * 1024n);
    logAddress = Number(options.readBigUInt64LE(56));
    return open(path, options);
  });
  t.mock.method(libbpf(), 'bpf_object__load', () => {
    memcpy(logAddress, Buffer.from(log), log.length);
    return { value, errno: -value };
  });
}

describe('BpfObject', () => {
  let folder: string;
  let object: BpfObject;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'bpf-object-'));
  });
  after(() => rmSync(folder, { recursive: true }));
  beforeEach((t) => {
    object = new BpfObject(EXPORTER);
    (t as TestContext).after(() => object.close());
  });

  const damages: readonly { what: string; damage: (bytes: Buffer) => Buffer }[] = [
    { what: 'half', damage: (bytes) => bytes.subarray(0, bytes.length / 2) },
    { what: 'empty', damage: () => Buffer.alloc(0) },
    { what: 'no ELF at all', damage: (bytes) => Buffer.alloc(bytes.length, 'garbage') },
  ];
  for (const { what, damage } of damages) {
    it(`refuses an object file that is ${what}, and says what would help`, () => {
      const path = join(folder, 'damaged.bpf.o');
      writeFileSync(path, damage(readFileSync(EXPORTER)));
      assert.throws(() => new BpfObject(path), {
        name: 'ExporterError',
        message: `open BPF object "${path}": LIBBPF_ERRNO__FORMAT; the file is missing or damaged: rebuild or reinstall xdp-exporter`,
      });
    });
  }

  it('refuses an object file that is not there', () => {
    assert.throws(() => new BpfObject(join(folder, 'none.bpf.o')), {
      message: /^open BPF object ".*none\.bpf\.o": ENOENT; .* reinstall/,
    });
  });

  it('names the map or the program that the object lacks, and the object', () => {
    assert.throws(() => object.map('no_such_map'), {
      message: `find map "no_such_map" in "${EXPORTER}": ENOENT`,
    });
    assert.throws(() => object.program('no_such_program'), {
      message: `find program "no_such_program" in "${EXPORTER}": ENOENT`,
    });
  });

  it('tells the size of values without loading the maps', () => {
    assert.equal(object.map('xdp_devices').valueSizeBytes, DEVICE.sizeBytes);
  });

  it('takes another number of entries before it is loaded', (t) => {
    const map = object.map('xdp_devices');
    const call = t.mock.method(libbpf(), 'bpf_map__set_max_entries');
    map.setMaxEntries(7);
    assert.equal(call.mock.calls[0]?.arguments[1], 7);
    assert.equal(call.mock.calls[0]?.result?.value, 0);
    t.mock.method(libbpf(), 'bpf_map__set_max_entries', () => ({ value: -16, errno: 16 }));
    assert.throws(() => map.setMaxEntries(8), {
      message: 'set entries of map "xdp_devices": EBUSY',
    });
  });

  it('gives a map of maps a descriptor to take after', (t) => {
    const call = t.mock.method(libbpf(), 'bpf_map__set_inner_map_fd');
    object.map('xdp_rings').setInnerMap(0);
    assert.deepEqual(call.mock.calls[0]?.arguments[1], 0);
    assert.throws(() => object.map('xdp_devices').setInnerMap(0), {
      message: 'set inner map of "xdp_devices": EINVAL',
    });
  });

  it('gives no number in place of a descriptor', () => {
    assert.throws(() => object.map('xdp_devices').fd, {
      message: /^get descriptor of map "xdp_devices": E/,
    });
    assert.throws(() => object.program('xdp_exporter').fd, {
      message: /^get descriptor of program: E/,
    });
  });

  it('gives the initial value of a section, and takes another', () => {
    const section = object.map('.rodata');
    const value = section.initialValue();
    assert.deepEqual(value.subarray(0, SETTINGS.sizeBytes), Buffer.alloc(SETTINGS.sizeBytes));
    value.writeUInt32LE(0xdead_beef, 4);
    section.setInitialValue(value);
    assert.deepEqual(section.initialValue(), value);
  });

  it('refuses an initial value of another size', () => {
    assert.throws(() => object.map('.rodata').setInitialValue(Buffer.alloc(5)), {
      message: 'set initial value of ".rodata": EINVAL',
    });
  });

  it('says that a map which is no section has no initial value', () => {
    assert.throws(() => object.map('xdp_devices').initialValue(), SystemError);
  });

  it('says that a descriptor is no map to reuse', (t) => {
    t.mock.method(libbpf(), 'bpf_map__reuse_fd', () => ({ value: -9, errno: 9 }));
    assert.throws(() => object.map('xdp_devices').reuse(9), {
      message: 'reuse map "xdp_devices": EBADF',
    });
  });

  it('marks a program for fragments with the one flag that means them', (t) => {
    const call = t.mock.method(libbpf(), 'bpf_program__set_flags');
    object.program('xdp_exporter').acceptFragments();
    assert.equal(call.mock.calls[0]?.arguments[1], 1 << 5);
    assert.equal(call.mock.calls[0]?.result?.value, 0);
  });

  it('leaves a program out', (t) => {
    const call = t.mock.method(libbpf(), 'bpf_program__set_autoload');
    object.program('xdp_exporter').skip();
    assert.equal(call.mock.calls[0]?.arguments[1], 0);
    assert.equal(call.mock.calls[0]?.result?.value, 0);
  });

  it('says that a setting was refused', (t) => {
    const refuse = () => ({ value: -16, errno: 16 });
    t.mock.method(libbpf(), 'bpf_program__set_flags', refuse);
    t.mock.method(libbpf(), 'bpf_program__set_autoload', refuse);
    const program = object.program('xdp_exporter');
    assert.throws(() => program.acceptFragments(), { message: 'set program flags: EBUSY' });
    assert.throws(() => program.skip(), { message: 'skip program: EBUSY' });
  });

  it('closes once, however often it is asked to', (t) => {
    const close = t.mock.method(libbpf(), 'bpf_object__close');
    object.close();
    object.close();
    assert.equal(close.mock.callCount(), 1);
  });

  it('gives the reason of the verifier, its whole log and the errno', (t) => {
    failLoad(t, -13, '0: (95) exit\nR0 !read_ok\nprocessed 1 insns (limit 1000000)\n');
    const refused = new BpfObject(EXPORTER);
    t.after(() => refused.close());
    assert.throws(
      () => refused.load('xdp_exporter'),
      (error) => {
        assert.ok(error instanceof VerifierError);
        assert.equal(error.program, 'xdp_exporter');
        assert.match(error.message, /^load program "xdp_exporter": verifier: R0 !read_ok \(/);
        assert.equal(error.log.length, 3);
        assert.equal((error.cause as SystemError).code, 'EACCES');
        return true;
      },
    );
  });

  it('gives the errno where the verifier said nothing, and what else than capabilities EPERM means', (t) => {
    failLoad(t, -1, '');
    const refused = new BpfObject(EXPORTER);
    t.after(() => refused.close());
    assert.throws(
      () => refused.load('xdp_exporter'),
      (error) =>
        error instanceof Error &&
        /^load program "xdp_exporter": EPERM; .*seccomp profile/.test(error.message) &&
        (error.cause as SystemError).message === `load BPF object "${EXPORTER}": EPERM`,
    );
  });
});
