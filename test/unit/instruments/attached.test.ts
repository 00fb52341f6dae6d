// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { SystemError, VerifierError } from '../../../src/errors.ts';
import {
  type Attachment,
  attachInstrument,
  type Occupant,
  type XdpHook,
  type XdpMode,
} from '../../../src/instruments/attached.ts';
import { InstrumentError } from '../../../src/instruments/instrument.ts';
import type { Device } from '../../../src/kernel/device.ts';
import type { LinkLayer } from '../../../src/kernel/link-type.ts';
import type { AttachMode } from '../../../src/kernel/xdp-link.ts';
import { REASONS } from '../../../src/reasons.ts';
import { deviceOf } from './devices.ts';

const ETH0 = deviceOf('eth0', 7);
const SLOT = 3;

class FakeHook implements XdpHook {
  occupied: Occupant | undefined;
  native: boolean | undefined = true;
  driverName: string | undefined = 'e1000';
  /** Thrown by an attach in that mode. */
  readonly refusals = new Map<string, unknown>();
  readonly events: string[] = [];
  /** Whether the link holds, or what reading it throws. */
  held: boolean | Error = true;

  occupant(): Occupant | undefined {
    return this.occupied;
  }

  hasNativeXdp(): boolean | undefined {
    return this.native;
  }

  driver(): string | undefined {
    return this.driverName;
  }

  attach({ name }: Device, link: LinkLayer, slot: number, mode: AttachMode): Attachment {
    this.events.push(`attach ${name} ${link} ${slot} ${mode}`);
    const refusal = this.refusals.get(mode);
    if (refusal !== undefined) {
      throw refusal;
    }
    return {
      info: { name: 'xdp_exporter', id: 1, tag: 'feedface', mode, role: 'attached' },
      isAttached: () => {
        if (typeof this.held === 'boolean') {
          return this.held;
        }
        throw this.held;
      },
      close: () => this.events.push('close'),
    };
  }
}

describe('attachInstrument', () => {
  let kernel: FakeHook;
  beforeEach(() => {
    kernel = new FakeHook();
  });

  const attach = (mode: XdpMode, device = ETH0) => attachInstrument(kernel, device, SLOT, mode);
  const refuse = (mode: string, code: string) =>
    kernel.refusals.set(mode, new SystemError('attach XDP', code));

  /** The error that an attach ends with. */
  function refusal(mode: XdpMode, device = ETH0): InstrumentError {
    try {
      attach(mode, device);
    } catch (error) {
      assert.ok(error instanceof InstrumentError);
      return error;
    }
    return assert.fail('attached');
  }

  /** Its message, where the kernel's errno was the cause. */
  function failure(mode: XdpMode): string {
    const error = refusal(mode);
    assert.ok(error.cause instanceof SystemError);
    return error.message;
  }

  for (const [mode, asked] of [
    ['auto', 'native'],
    ['native', 'native'],
    ['generic', 'generic'],
  ] as const) {
    it(`asks for ${asked} mode where ${mode} is wanted`, () => {
      assert.equal(attach(mode).info.mode, asked);
      assert.deepEqual(kernel.events, [`attach eth0 ethernet ${SLOT} ${asked}`]);
    });
  }

  it('leaves an occupied device alone and names the occupant', () => {
    kernel.occupied = { name: 'katran', id: 42, mode: 'generic' };
    for (const mode of ['auto', 'native', 'generic'] as const) {
      assert.throws(() => attach(mode), {
        name: 'InstrumentError',
        reason: 'occupied',
        message:
          'attach XDP to "eth0": occupied by program "katran" (id 42, mode generic); the exporter does not touch it and retries until the device is free; observe it with --mode auto',
      });
    }
    assert.deepEqual(kernel.events, []);
  });

  for (const native of [false, undefined]) {
    it(`comes down to generic mode with auto where hasNativeXdp is ${native}`, () => {
      kernel.native = native;
      refuse('native', 'EOPNOTSUPP');
      assert.equal(attach('auto').info.mode, 'generic');
      assert.deepEqual(kernel.events, [
        'attach eth0 ethernet 3 native',
        'attach eth0 ethernet 3 generic',
      ]);
    });
  }

  it('does not come down to generic mode where the driver has a native one', () => {
    refuse('native', 'EOPNOTSUPP');
    assert.equal(
      failure('auto'),
      'attach XDP to "eth0" (ifindex 7, mode native): EOPNOTSUPP: driver "e1000" has native XDP but refuses it in its current configuration; turn LRO off (ethtool -K DEVICE lro off), see dmesg, or use --xdp-mode generic',
    );
    assert.deepEqual(kernel.events, ['attach eth0 ethernet 3 native']);
  });

  it('does not come down to generic mode where native is wanted', () => {
    kernel.native = false;
    refuse('native', 'EOPNOTSUPP');
    assert.equal(
      failure('native'),
      'attach XDP to "eth0" (ifindex 7, mode native): EOPNOTSUPP: driver "e1000" has no native XDP; try --xdp-mode generic, which counts after GRO and costs more',
    );
    assert.deepEqual(kernel.events, ['attach eth0 ethernet 3 native']);
  });

  it('says that it does not know the driver', () => {
    kernel.native = false;
    kernel.driverName = undefined;
    refuse('native', 'EOPNOTSUPP');
    assert.match(failure('native'), /driver "unknown" has no native XDP/);
  });

  it('explains a refusal of generic mode as one of generic mode', () => {
    kernel.native = false;
    refuse('native', 'EOPNOTSUPP');
    refuse('generic', 'ENOMEM');
    const message =
      'attach XDP to "eth0" (ifindex 7, mode generic): ENOMEM: the driver has too few queues or too little memory for XDP; see dmesg, and use fewer queues (ethtool -L)';
    assert.equal(failure('auto'), message);
    assert.equal(failure('generic'), message);
  });

  it('does not advise generic mode where generic mode was refused', () => {
    refuse('generic', 'EOPNOTSUPP');
    assert.doesNotMatch(failure('generic'), /--xdp-mode/);
  });

  const reasons = [
    ['EBUSY', 'occupied'],
    ['EEXIST', 'occupied'],
    ['ENODEV', 'absent'],
    ['EINVAL', 'setup'],
    ['ERANGE', 'mtu'],
    ['ENOMEM', 'resources'],
    ['EPERM', 'permission'],
    ['EIO', 'refused'],
  ] as const;
  for (const [code, reason] of reasons) {
    it(`says what to do about ${code}, for reason ${reason}, and tries no other mode`, () => {
      kernel.native = false;
      refuse('native', code);
      const { cause, remedy } = REASONS[reason];
      assert.ok(failure('auto').endsWith(`(ifindex 7, mode native): ${code}: ${cause}; ${remedy}`));
      kernel.events.pop();
      assert.equal(refusal('auto').reason, reason);
      assert.deepEqual(kernel.events, ['attach eth0 ethernet 3 native']);
    });
  }

  it('gives other errors as they are', () => {
    const cause = new SystemError('load BPF object', 'EACCES');
    const verdict = new VerifierError('xdp_exporter', 'R0 !read_ok', [], { cause });
    kernel.refusals.set('native', verdict);
    assert.throws(
      () => attach('auto'),
      (error) => error === verdict,
    );
    const bug = new TypeError('boom');
    kernel.refusals.set('native', bug);
    assert.throws(
      () => attach('auto'),
      (error) => error === bug,
    );
  });

  for (const { linkType, kind, link } of [
    { linkType: 1, kind: 'veth', link: 'ethernet' },
    { linkType: 772, kind: undefined, link: 'ethernet' },
    { linkType: 65_534, kind: 'tun', link: 'ip' },
    { linkType: 778, kind: 'gre', link: 'ip' },
  ]) {
    it(`has frames of link type ${linkType} parsed from the header of ${link}`, () => {
      attach('native', deviceOf('eth0', 7, { linkType, ...(kind && { kind }) }));
      assert.deepEqual(kernel.events, [`attach eth0 ${link} 3 native`]);
    });
  }

  it('leaves a device alone whose frames it could not parse', () => {
    const infiniband = refusal('auto', deviceOf('ib0', 7, { linkType: 32 }));
    assert.equal(infiniband.reason, 'unsupported_link');
    assert.equal(
      infiniband.message,
      'attach XDP to "ib0": frames of link type infiniband cannot be parsed; name a device that carries Ethernet or IP',
    );
    const vti = refusal('generic', deviceOf('vti0', 7, { linkType: 768, kind: 'vti' }));
    assert.equal(
      vti.message,
      'attach XDP to "vti0": frames of link type ipip, kind "vti", cannot be parsed; name a device that carries Ethernet or IP',
    );
    assert.deepEqual(kernel.events, []);
  });

  it('is up for as long as its link holds, and can be read', () => {
    const instrument = attach('native');
    assert.equal(instrument.isUp(), true);
    kernel.held = false;
    assert.equal(instrument.isUp(), false);
    kernel.held = new SystemError('read XDP link', 'EBADF');
    assert.equal(instrument.isUp(), false);
    instrument.close();
    assert.deepEqual(kernel.events.slice(1), ['close']);
  });
});
