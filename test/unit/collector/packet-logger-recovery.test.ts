// SPDX-License-Identifier: Apache-2.0
// Records that were taken out of a batch before the kernel counted that as lost: each must come off the right loss.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { LoggerCollector } from '../../../src/collector/logger.ts';
import type { PacketLogger } from '../../../src/collector/packet-logger.ts';
import { BATCH_RECORDS, LOGGER } from '../../../src/kernel/abi.ts';
import { FakeCpus } from './fake-cpus.ts';
import { slotOf } from './fake-producer.ts';
import { FakePerCpuReader } from './fake-reader.ts';

const SLOTS = [0, 1, 2];

/** Takes `taken` records of a batch of this CPU, and then loses it. */
function lose(cpus: FakeCpus, taken: number, cpu = 0): void {
  const { producer } = cpus.cpu(cpu);
  producer.produce(taken);
  cpus.turns(2);
  producer.refuses = true;
  producer.produce(BATCH_RECORDS - taken);
  producer.refuses = false;
}

function recovered(logger: PacketLogger) {
  logger.settle();
  return {
    fromFullRing: SLOTS.map((slot) => logger.recoveredFromFullRing[slot]),
    withoutRing: SLOTS.map((slot) => logger.recoveredWithoutRing[slot]),
  };
}

describe('PacketLogger recovering records of lost batches', () => {
  it('takes them off what full rings lost where the CPU has a ring', () => {
    const cpus = new FakeCpus();
    cpus.logger.followCpus([0]);
    lose(cpus, 5);
    cpus.turns(2);
    assert.deepEqual(recovered(cpus.logger), {
      fromFullRing: [2, 2, 1],
      withoutRing: [0, 0, 0],
    });
  });

  it('takes them off what was lost without a ring where the CPU has none', () => {
    const cpus = new FakeCpus();
    lose(cpus, 5);
    cpus.turns(2);
    assert.deepEqual(recovered(cpus.logger), {
      fromFullRing: [0, 0, 0],
      withoutRing: [2, 2, 1],
    });
  });

  it('counts each record once, however often it settles, and adds up over CPUs', () => {
    const cpus = new FakeCpus();
    lose(cpus, 3, 0);
    lose(cpus, 4, 1);
    cpus.turns(2);
    const expected = { fromFullRing: [0, 0, 0], withoutRing: [3, 2, 2] };
    assert.deepEqual(recovered(cpus.logger), expected);
    assert.deepEqual(recovered(cpus.logger), expected);
  });

  it('knows at the opening of a ring what was lost just before', () => {
    const cpus = new FakeCpus();
    lose(cpus, 4);
    cpus.logger.followCpus([0]);
    cpus.turns(3);
    assert.deepEqual(recovered(cpus.logger), {
      fromFullRing: [0, 0, 0],
      withoutRing: [2, 1, 1],
    });
  });

  it('takes off what was lost without a ring what is lost while the ring is being opened', () => {
    const cpus = new FakeCpus();
    const { producer } = cpus.cpu(0);
    producer.produce(4);
    cpus.turns(2);
    cpus.cpu(0).whileOpening = () => producer.produce(BATCH_RECORDS);
    cpus.logger.followCpus([0]);
    cpus.turns(3);
    assert.deepEqual(recovered(cpus.logger), {
      fromFullRing: [0, 0, 0],
      withoutRing: [2, 1, 1],
    });
  });

  it('knows at the closing of a ring what was lost just before', () => {
    const cpus = new FakeCpus();
    cpus.logger.followCpus([0]);
    lose(cpus, 4);
    cpus.logger.followCpus([]);
    cpus.turns(3);
    assert.deepEqual(recovered(cpus.logger), {
      fromFullRing: [2, 1, 1],
      withoutRing: [0, 0, 0],
    });
  });

  it('forgets those of a slot that another device is to have, the unsettled ones too', () => {
    const cpus = new FakeCpus();
    lose(cpus, 6);
    cpus.turns(2);
    cpus.logger.settle();
    cpus.logger.followCpus([0]);
    lose(cpus, 6);
    cpus.turns(2);
    cpus.logger.clearSlot(1);
    assert.deepEqual(recovered(cpus.logger), {
      fromFullRing: [2, 0, 2],
      withoutRing: [2, 0, 2],
    });
  });
});

/** What the kernel would count, beside the CPUs that it happens on. */
class Budget {
  readonly cpus = new FakeCpus();
  readonly #map = new FakePerCpuReader(SLOTS.length, 2, LOGGER.sizeBytes / 8);
  readonly #collector = new LoggerCollector(this.#map);
  readonly #counted = new Map<string, number>();

  constructor() {
    for (const id of [0, 1]) {
      this.cpus.cpu(id).whileOpening = () => this.produce(id, 70);
    }
  }

  produce(id: number, packets: number): void {
    const { producer } = this.cpus.cpu(id);
    const first = producer.produced;
    const lost = producer.lostRecords.slice();
    producer.produce(packets);
    for (const slot of SLOTS) {
      const cause = producer.ring === undefined ? 'no_ring' : 'ring_full';
      this.#count(id, slot, cause, (producer.lostRecords[slot] ?? 0) - (lost[slot] ?? 0));
    }
    for (let packet = first; packet < producer.produced; packet++) {
      this.#count(id, slotOf(packet), 'protocols', 1);
    }
  }

  #count(
    cpu: number,
    slot: number,
    field: 'no_ring' | 'ring_full' | 'protocols',
    more: number,
  ): void {
    const sum = (this.#counted.get(`${cpu} ${slot} ${field}`) ?? 0) + more;
    this.#counted.set(`${cpu} ${slot} ${field}`, sum);
    this.#map.set(slot, cpu, LOGGER.offsets[field] / 8, BigInt(sum));
  }

  read() {
    const { cpus } = this;
    return this.#collector.read(SLOTS.length, () => {
      // A loss is known one turn after it was due.
      cpus.turns(2);
      cpus.logger.settle();
      return (slot) => ({
        decoded: [0, 1]
          .flatMap((cpu) => cpus.cpu(cpu).taken.ids)
          .filter((id) => slotOf(id) === slot).length,
        recoveredFromFullRing: cpus.logger.recoveredFromFullRing[slot] ?? 0,
        recoveredWithoutRing: cpus.logger.recoveredWithoutRing[slot] ?? 0,
      });
    });
  }

  /** Slot by slot: packets that were seen, and packets whose fate is known. */
  check(): void {
    this.cpus.turns(3);
    for (const [slot, { decoded, ringFull, noRing, pending }] of this.read().entries()) {
      const sum = (field: string) =>
        [0, 1].reduce(
          (total, cpu) => total + (this.#counted.get(`${cpu} ${slot} ${field}`) ?? 0),
          0,
        );
      assert.equal(decoded + ringFull + noRing, sum('protocols'), `slot ${slot}`);
      assert.equal(pending, 0);
      assert.ok(ringFull <= sum('ring_full') && noRing <= sum('no_ring'));
    }
  }
}

describe('PacketLogger and LoggerCollector', () => {
  it('account at rest for each packet once, whatever came between', () => {
    const cpu = fc.nat(1);
    const packets = fc.oneof(fc.nat(5), fc.nat(70), fc.nat(400));
    const event: fc.Arbitrary<(budget: Budget) => void> = fc.oneof(
      fc.tuple(cpu, packets).map(
        ([id, count]) =>
          (budget: Budget) =>
            budget.produce(id, count),
      ),
      fc.nat(3).map((count) => (budget: Budget) => budget.cpus.turns(count)),
      fc.subarray([0, 1]).map(
        (online) =>
          ({ cpus }: Budget) =>
            cpus.logger.followCpus(online),
      ),
      fc.constant((budget: Budget) => void budget.read()),
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), (events) => {
        const budget = new Budget();
        for (const act of events) {
          act(budget);
        }
        budget.check();
      }),
      { numRuns: 500 },
    );
  });
});
