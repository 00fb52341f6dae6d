// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { attachDevice } from '../../../src/engine/attach.ts';
import type { XdpMode } from '../../../src/engine/messages.ts';
import { ExporterError, SystemError, VerifierError } from '../../../src/errors.ts';
import { FakeKernel } from './fake-kernel.ts';

const ETH0 = { name: 'eth0', ifindex: 7 };
const SLOT = 3;

describe('attachDevice', () => {
  let kernel: FakeKernel;
  beforeEach(() => {
    kernel = new FakeKernel();
    kernel.drivers.set('eth0', 'e1000');
  });

  const attach = (mode: XdpMode) => attachDevice(kernel, ETH0, SLOT, mode);
  const refuse = (mode: string, code: string) =>
    kernel.refusals.set(`eth0 ${mode}`, new SystemError('attach XDP', code));

  /** The message of the error that an attach ends with. */
  function failure(mode: XdpMode): string {
    try {
      attach(mode);
    } catch (error) {
      assert.ok(error instanceof ExporterError);
      assert.ok(error.cause instanceof SystemError);
      return error.message;
    }
    return assert.fail('attached');
  }

  for (const [mode, asked] of [
    ['auto', 'native'],
    ['native', 'native'],
    ['generic', 'generic'],
  ] as const) {
    it(`asks for ${asked} mode where ${mode} is wanted`, () => {
      assert.equal(attach(mode).info.mode, asked);
      assert.deepEqual(kernel.events, [`attach eth0 ${SLOT} ${asked}`]);
    });
  }

  it('leaves an occupied device alone and names the occupant', () => {
    kernel.occupants.set(7, { name: 'katran', id: 42, mode: 'generic' });
    for (const mode of ['auto', 'native', 'generic'] as const) {
      assert.throws(() => attach(mode), {
        name: 'ExporterError',
        message:
          'attach XDP to "eth0": occupied by program "katran" (id 42, mode generic), which is left alone; the device is tried again until it is free',
      });
    }
    assert.deepEqual(kernel.events, []);
  });

  for (const native of [false, undefined]) {
    it(`comes down to generic mode with auto where hasNativeXdp is ${native}`, () => {
      kernel.native = native;
      refuse('native', 'EOPNOTSUPP');
      assert.equal(attach('auto').info.mode, 'generic');
      assert.deepEqual(kernel.events, ['attach eth0 3 native', 'attach eth0 3 generic']);
    });
  }

  it('does not come down to generic mode where the driver has a native one', () => {
    refuse('native', 'EOPNOTSUPP');
    assert.equal(
      failure('auto'),
      'attach XDP to "eth0" (ifindex 7, mode native): EOPNOTSUPP: driver "e1000" has native XDP but refuses it now; turn LRO off (ethtool -K DEVICE lro off), see dmesg, or use --xdp-mode generic',
    );
    assert.deepEqual(kernel.events, ['attach eth0 3 native']);
  });

  it('does not come down to generic mode where native is wanted', () => {
    kernel.native = false;
    refuse('native', 'EOPNOTSUPP');
    assert.equal(
      failure('native'),
      'attach XDP to "eth0" (ifindex 7, mode native): EOPNOTSUPP: driver "e1000" has no native XDP; try --xdp-mode generic',
    );
    assert.deepEqual(kernel.events, ['attach eth0 3 native']);
  });

  it('says that it does not know the driver', () => {
    kernel.native = false;
    kernel.drivers.clear();
    refuse('native', 'EOPNOTSUPP');
    assert.match(failure('native'), /driver "unknown" has no native XDP/);
  });

  it('explains a refusal of generic mode as one of generic mode', () => {
    kernel.native = false;
    refuse('native', 'EOPNOTSUPP');
    refuse('generic', 'ENOMEM');
    const message =
      'attach XDP to "eth0" (ifindex 7, mode generic): ENOMEM: the driver has too few queues or too little memory for XDP; see dmesg';
    assert.equal(failure('auto'), message);
    assert.equal(failure('generic'), message);
  });

  it('does not advise generic mode where generic mode was refused', () => {
    refuse('generic', 'EOPNOTSUPP');
    assert.equal(failure('generic'), 'attach XDP to "eth0" (ifindex 7, mode generic): EOPNOTSUPP');
  });

  const advice: readonly (readonly [code: string, advice: RegExp])[] = [
    ['EBUSY', /: EBUSY: another program took the device first; it is left alone$/],
    ['EEXIST', /: EEXIST: a program is attached in the other mode; it is left alone$/],
    ['ENODEV', /: ENODEV: the device has gone$/],
    [
      'EINVAL',
      /: EINVAL: the driver refuses its present set-up; a smaller MTU may help, see dmesg$/,
    ],
    ['ERANGE', /: ERANGE: the MTU is too large for XDP; lower it, or use --xdp-mode generic$/],
    ['ENOMEM', /: ENOMEM: the driver has too few queues or too little memory for XDP; see dmesg$/],
    ['EPERM', /: EPERM: the kernel forbids it; CAP_NET_ADMIN .* is needed$/],
    ['EIO', /: EIO$/],
  ];
  for (const [code, expected] of advice) {
    it(`says what to do about ${code}, and tries no other mode`, () => {
      kernel.native = false;
      refuse('native', code);
      assert.match(failure('auto'), expected);
      assert.deepEqual(kernel.events, ['attach eth0 3 native']);
    });
  }

  it('gives other errors as they are', () => {
    const verdict = new VerifierError('xdp_exporter', 'R0 !read_ok', []);
    kernel.refusals.set('eth0 native', verdict);
    assert.throws(
      () => attach('auto'),
      (error) => error === verdict,
    );
    const bug = new TypeError('boom');
    kernel.refusals.set('eth0 native', bug);
    assert.throws(
      () => attach('auto'),
      (error) => error === bug,
    );
  });
});
