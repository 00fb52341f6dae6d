// SPDX-License-Identifier: Apache-2.0
// What an exporter holds does not grow with the scrapes that it has answered and the records that it has read.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { startGenerator } from '../../src/demo/generator-process.ts';
import { createLab, type Lab } from '../../src/demo/lab.ts';
import type { MixEntry } from '../../src/generator/stream.ts';
import { skipUnlessRoot } from '../kernel/support/root.ts';
import { ExporterProcess } from './support/exporter-process.ts';
import { exporterBytes } from './support/memory.ts';
import { atRest } from './support/outcomes.ts';
import { wireOf } from './support/wire-pid.ts';

const MIB = 1024 * 1024;
/** A ring that waits for a busy reader holds half a second of it. */
const RATE = 400_000;

/** Fills tables and rings, has V8 compile what is warm, and lets the heaps find their sizes. */
const WARM_UP = { records: 1_000_000, scrapes: 100 };
const MEASURED = { records: 2_000_000, scrapes: 200 };

/** An object that is kept of each record would take 24 MiB or more, and 40 KiB that are kept of each scrape these eight. */
const MAX_GROWN_BYTES = 8 * MIB;

/** Garbage comes and goes: the least of a few looks is what is held. */
const LOOKS = 8;
const LOOK_MS = 250;

/** More addresses than a table keeps. */
const MIX: readonly MixEntry[] = [
  {
    family: 4,
    protocol: 'udp',
    sources: { kind: 'uniform', count: 200_000, prefix: '10.0.0.1/8' },
  },
];

describe('an exporter that has answered scrapes and read records', { skip: skipUnlessRoot }, () => {
  let lab: Lab;
  let exporter: ExporterProcess;
  let sent = 0;

  before(async () => {
    lab = await createLab({ name: 'slope' });
    exporter = await ExporterProcess.start(['--netns', lab.rx.netns, '--device', lab.rx.device]);
  });
  after(async () => {
    await exporter?.close();
    await lab?.close();
  });

  async function work({ records, scrapes }: typeof MEASURED): Promise<void> {
    const load = startGenerator({ ...lab.tx, frames: records, rate: RATE, cpu: 0, mix: MIX }).done;
    for (let scrape = 0; scrape < scrapes; scrape++) {
      await exporter.scrape();
    }
    sent += (await load).sent;
    await atRest(exporter, sent, 20);
  }

  async function heldBytes(): Promise<number> {
    let least = Number.POSITIVE_INFINITY;
    for (let look = 0; look < LOOKS; look++) {
      await delay(LOOK_MS);
      least = Math.min(least, exporterBytes(exporter.pid));
    }
    return least;
  }

  const descriptors = () =>
    [exporter.pid, wireOf(exporter.pid) ?? 0].map((pid) => readdirSync(`/proc/${pid}/fd`).length);

  test('holds what it held before', async (t) => {
    await work(WARM_UP);
    const [held, open] = [await heldBytes(), descriptors()];
    await work(MEASURED);
    const grown = (await heldBytes()) - held;
    const said = `${(held / MIB).toFixed(1)} MiB, then ${(grown / MIB).toFixed(1)} more`;
    t.diagnostic(said);
    assert.ok(grown <= MAX_GROWN_BYTES, said);
    assert.deepEqual(descriptors(), open);
  });
});
