// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ExporterError, NoBtfError, SystemError, VerifierError } from '../../../src/errors.ts';
import type { Occupant } from '../../../src/instruments/attached.ts';
import { InstrumentError } from '../../../src/instruments/instrument.ts';
import { observeInstrument } from '../../../src/instruments/observed.ts';
import { deviceOf } from './devices.ts';

const ETH0 = deviceOf('eth0', 7);
const OCCUPANT: Occupant = { name: 'cil_xdp', id: 9, mode: 'native' };
const INFO = {
  name: 'cil_xdp_entry',
  id: 9,
  tag: 'beef',
  mode: 'native',
  role: 'observed',
} as const;
const FREE = { native: 0, generic: 0, offload: 0 };

function observe(refusal?: unknown, occupant = OCCUPANT, device = ETH0) {
  const events: string[] = [];
  const misses: (number | Error)[] = [];
  const instrument = observeInstrument(
    {
      observe: ({ name }, link, slot, { id }) => {
        events.push(`observe ${name} ${link} ${slot} ${id}`);
        if (refusal !== undefined) {
          throw refusal;
        }
        return {
          info: INFO,
          missed: () => {
            const missed = misses.shift() ?? 0;
            if (missed instanceof Error) {
              throw missed;
            }
            return missed;
          },
          close: () => void events.push('close'),
        };
      },
    },
    device,
    3,
    occupant,
  );
  return { instrument, events, misses };
}

function refusalOf(work: () => unknown): InstrumentError {
  try {
    work();
  } catch (error) {
    assert.ok(error instanceof InstrumentError);
    return error;
  }
  throw new Error('nothing was refused');
}

describe('observeInstrument', () => {
  it('observes the program in the slot, and names it in full', () => {
    const { instrument, events } = observe();
    assert.deepEqual(instrument.info, INFO);
    instrument.close();
    assert.deepEqual(events, ['observe eth0 ethernet 3 9', 'close']);
  });

  it('refuses what a bond runs in the drivers of its ports, and nothing else of a bond', () => {
    const bond = { ...ETH0, name: 'bond0', kind: 'bond' };
    const { reason, message } = refusalOf(() => observe(undefined, OCCUPANT, bond));
    assert.equal(reason, 'unsupported');
    assert.match(
      message,
      /"cil_xdp" \(id 9\) on "bond0": the program runs in the drivers of the bond's ports/,
    );
    const generic = observe(undefined, { ...OCCUPANT, mode: 'generic' }, bond);
    assert.deepEqual(generic.events, ['observe bond0 ethernet 3 9']);
  });

  it('is up for as long as that program is on the device, in whatever mode', () => {
    const { instrument } = observe();
    assert.equal(instrument.isUp(), true);
    instrument.see?.({ ...FREE, generic: 9 });
    assert.equal(instrument.isUp(), true);
    for (const xdp of [FREE, { ...FREE, native: 10 }]) {
      instrument.see?.(xdp);
      assert.equal(instrument.isUp(), false);
    }
  });

  it('says what was missed, which never goes back and is kept while it cannot be read', () => {
    const { instrument, misses } = observe();
    misses.push(3, new Error('gone'), 2, 5);
    assert.deepEqual(
      [1, 2, 3, 4].map(() => instrument.missed?.()),
      [3, 3, 3, 5],
    );
  });

  const cases = [
    [
      new NoBtfError('read BTF of program 9: it has none'),
      'no_btf',
      /: it has none; build it with BTF/,
    ],
    [new SystemError('open program 9', 'EPERM'), 'permission', /EPERM; .*--observe\.pin/],
    [
      new SystemError('open program 9', 'ENOENT'),
      'no_program',
      /ENOENT; the exporter keeps checking/,
    ],
    [new SystemError('attach observer', 'EBUSY'), 'permission', /EBUSY; .*CAP_SYS_ADMIN/],
    [new VerifierError('observe_entry', 'unknown func', []), 'unsupported', /Linux 5\.17/],
    [
      new VerifierError('observe_entry', 'unknown func bpf_probe_read_kernel#113', []),
      'permission',
      /lockdown=integrity .*--logger off/,
    ],
    [new SystemError('attach observer', 'ENOTSUPP'), 'unsupported', /trampoline/],
    [
      new ExporterError('load', { cause: new SystemError('load', 'EPERM') }),
      'permission',
      /^.*: load; check the seccomp profile, security modules, kernel lockdown [^;]*$/,
    ],
    [new SystemError('attach observer', 'ENOMEM'), 'refused', /the exporter retries/],
  ] as const;
  for (const [error, reason, message] of cases) {
    it(`is ${reason} where it is refused with "${error.message}"`, () => {
      const refusal = refusalOf(() => observe(error));
      assert.equal(refusal.reason, reason);
      assert.match(refusal.message, /^observe program "cil_xdp" \(id 9\) on "eth0": /);
      assert.match(refusal.message, message);
      assert.equal(refusal.cause, error);
    });
  }

  it('hands on what is no error of ours', () => {
    const error = new TypeError('a mistake');
    assert.throws(() => observe(error), error);
  });

  it('cannot observe a program on the network card, nor frames that cannot be parsed', () => {
    const offloaded = refusalOf(() => observe(undefined, { ...OCCUPANT, mode: 'offload' }));
    assert.equal(offloaded.reason, 'unsupported');
    const strange = deviceOf('can0', 8, { linkType: 280 });
    assert.equal(refusalOf(() => observe(undefined, OCCUPANT, strange)).reason, 'unsupported_link');
  });
});
