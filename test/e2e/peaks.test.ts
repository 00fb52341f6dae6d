// SPDX-License-Identifier: Apache-2.0
// A burst of some milliseconds inside idle time: the peaks show it in the next scrape, and no rate does.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { startGenerator } from '../../src/demo/generator-process.ts';
import { createLab, type Lab } from '../../src/demo/lab.ts';
import { skipUnlessRoot } from '../kernel/support/root.ts';
import { ExporterProcess } from './support/exporter-process.ts';
import { type Samples, sumOf } from './support/exposition.ts';
import { run } from './support/namespace.ts';

/** As many as docs/peaks.md tells of, or as this machine can send within `BURST_SECONDS`. */
const MAX_BURST = 20_000;
/** With room in the 9 ms that are whole in a window of 10 ms. */
const BURST_SECONDS = 0.006;
const TRIAL = 300_000;
const LENGTH = 60;
const MIX = [{ family: 4, protocol: 'udp', length: LENGTH }] as const;
/** What Prometheus makes a rate over. */
const SCRAPE_INTERVAL_SECONDS = 15;
/** Two bursts are further apart than the longest window. */
const APART_MS = 1_500;

describe('a burst of packets in idle time', { skip: skipUnlessRoot }, () => {
  let lab: Lab;
  let exporter: ExporterProcess;

  let burst: number;

  before(async () => {
    lab = await createLab({ name: 'peaks' });
    const start = () => ExporterProcess.start(['--netns', lab.rx.netns, '--device', lab.rx.device]);
    exporter = await start();
    const { seconds } = await startGenerator({ ...lab.tx, frames: TRIAL, mix: MIX, cpu: 1 }).done;
    await exporter.close();
    burst = Math.min(MAX_BURST, Math.floor((TRIAL / seconds) * BURST_SECONDS));
    exporter = await start();
  });
  after(async () => {
    await exporter?.close();
    await lab?.close();
  });

  /** At a priority at which nothing else on the machine cuts it in two, where that may be had. */
  async function sendBurst(): Promise<void> {
    const generator = startGenerator({
      ...lab.tx,
      frames: burst,
      burst: { frames: burst, everySeconds: 1 },
      mix: MIX,
      cpu: 1,
    });
    await run('chrt', '--fifo', '--pid', '50', `${generator.pid}`).catch(() => {});
    await generator.done;
  }

  const peak = (samples: Samples, name: string, window: string) => sumOf(samples, name, { window });

  test('is the peak of the next scrape, while the rate over a scrape interval hides it', async (t) => {
    t.diagnostic(`${burst} packets`);
    const earlier = await exporter.scrape();
    assert.equal(peak(earlier, 'xdp_peak_packets', '10ms'), 0);
    let later = earlier;
    let bursts = 0;
    // Where the generator was kept from its CPU in the midst of one, there was no such burst: the next may be one.
    while (peak(later, 'xdp_peak_packets', '10ms') < burst && bursts < 10) {
      await setTimeout(bursts === 0 ? 0 : APART_MS);
      await sendBurst();
      bursts++;
      later = await exporter.scrape();
    }
    assert.equal(peak(later, 'xdp_peak_packets', '10ms'), burst, `of ${bursts} bursts`);
    assert.equal(peak(later, 'xdp_peak_bytes', '10ms'), burst * LENGTH);
    assert.equal(peak(later, 'xdp_peak_packets', '1s'), burst);
    assert.equal(peak(later, 'xdp_peak_bytes', '1s'), burst * LENGTH);
    const counted = sumOf(later, 'xdp_packets_total') - sumOf(earlier, 'xdp_packets_total');
    assert.equal(counted, bursts * burst);
    const rate = burst / SCRAPE_INTERVAL_SECONDS;
    const peakRate = peak(later, 'xdp_peak_packets', '10ms') / 0.01;
    assert.ok(peakRate > 1_000 * rate, `${peakRate} packets/s in the peak, ${rate} on average`);
  });
});
