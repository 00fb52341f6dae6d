// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createPacketClock } from '../../../src/cli/packet-clock.ts';

const BOOT_MS = 1_700_000_000_123.5;
const HOUR_MS = 3_600_000;
const NS_PER_MS = 1e6;

/** A machine whose clocks the test turns: `bootMs` is what a packet clock is to find out. */
class Machine {
  bootMs = BOOT_MS;
  monotonicMs = 5_000;
  /** How long it takes to read a clock. */
  readMs = 0;
  readonly #offsets: string | undefined;
  readonly #shiftNs: bigint;

  /** @param shiftNs what `offsets` say */
  constructor(offsets?: string, shiftNs = 0n) {
    this.#offsets = offsets;
    this.#shiftNs = shiftNs;
  }

  clock(): () => number {
    return createPacketClock({
      monotonicNs: () => {
        this.monotonicMs += this.readMs;
        return BigInt(Math.round(this.monotonicMs * NS_PER_MS)) + this.#shiftNs;
      },
      wallMs: () => {
        this.monotonicMs += this.readMs;
        return Math.floor(this.bootMs + this.monotonicMs);
      },
      offsets: this.#offsets,
    });
  }
}

function assertNear(actual: number, expected: number, withinMs: number): void {
  assert.ok(Math.abs(actual - expected) <= withinMs, `${actual - expected} ms off`);
}

describe('createPacketClock', () => {
  it('knows at once within a millisecond when the machine was started', () => {
    const machine = new Machine();
    assertNear(machine.clock()(), BOOT_MS, 1);
  });

  it('gets ever closer, and never goes back meanwhile', () => {
    const machine = new Machine();
    const clock = machine.clock();
    let before = 0;
    for (let batch = 0; batch < 1000; batch++) {
      machine.monotonicMs += 4.0137;
      const bootMs = clock();
      assert.ok(bootMs >= before);
      before = bootMs;
    }
    assertNear(before, BOOT_MS, 0.02);
  });

  for (const stepMs of [HOUR_MS, -HOUR_MS, 2, -2]) {
    it(`follows a wall clock that was set by ${stepMs} ms with the next batch`, () => {
      const machine = new Machine();
      const clock = machine.clock();
      clock();
      machine.monotonicMs += 4;
      machine.bootMs += stepMs;
      assertNear(clock(), BOOT_MS + stepMs, 1);
    });
  }

  it('follows a machine that slept, whose monotonic clock stood still', () => {
    const machine = new Machine();
    const clock = machine.clock();
    clock();
    machine.bootMs += 8 * HOUR_MS;
    assertNear(clock(), BOOT_MS + 8 * HOUR_MS, 1);
  });

  it('is right within the time that it takes to read the clocks, whatever happened before', () => {
    const step = fc.record({
      passedMs: fc.double({ min: 0, max: 1e6, noNaN: true }),
      stepMs: fc.oneof(fc.constant(0), fc.double({ min: -1e6, max: 1e6, noNaN: true })),
      readMs: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 50, noNaN: true })),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const machine = new Machine();
        const clock = machine.clock();
        for (const { passedMs, stepMs, readMs } of steps) {
          machine.monotonicMs += passedMs;
          machine.bootMs += stepMs;
          machine.readMs = readMs;
          assertNear(clock(), machine.bootMs, 1.001 + 2 * readMs);
        }
      }),
    );
  });

  it('agrees with the clocks of this machine', () => {
    const bootMs = Date.now() - Number(process.hrtime.bigint()) / NS_PER_MS;
    assertNear(createPacketClock()(), bootMs, 50);
  });
});

describe('createPacketClock in a time namespace', () => {
  const offsets: Readonly<Record<string, bigint>> = {
    'monotonic           0         0\nboottime            0         0\n': 0n,
    'monotonic       86400         0\nboottime           -7         1\n': 86_400_000_000_000n,
    'monotonic          -2 500000000\nboottime            0         0\n': -1_500_000_000n,
    'boottime           -7         1\nmonotonic           1         5\n': 1_000_000_005n,
    'boottime            3         0\n': 0n,
    'monotonic 1\n': 0n,
    'monotonic one 0\n': 0n,
    '': 0n,
  };
  for (const [text, shiftNs] of Object.entries(offsets)) {
    it(`takes out the ${shiftNs} ns of ${JSON.stringify(text)}`, () => {
      assertNear(new Machine(text, shiftNs).clock()(), BOOT_MS, 1);
    });
  }
});
