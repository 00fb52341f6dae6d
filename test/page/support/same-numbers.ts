// SPDX-License-Identifier: Apache-2.0
// The numbers of the page's tables beside those of a scrape, while nothing is sent.
import assert from 'node:assert/strict';
import type { Sample } from '../../e2e/support/exposition.ts';
import type { Browser } from './browser.ts';

/** Values of a metric by one of its labels, summed over the others. */
export function byLabel(samples: readonly Sample[], metric: string, label: string) {
  return sumBy(samples, metric, (labels) => labels[label]);
}

function sumBy(
  samples: readonly Sample[],
  metric: string,
  keyOf: (labels: Sample['labels']) => string | undefined,
) {
  const sums: Record<string, number> = {};
  for (const { name, labels, value } of samples) {
    const key = keyOf(labels);
    if (name === metric && key !== undefined && value > 0) {
      sums[key] = (sums[key] ?? 0) + value;
    }
  }
  return sums;
}

/** What packets were for, and how they came: of all devices together. */
export async function assertSameClasses(
  browser: Browser,
  samples: readonly Sample[],
): Promise<void> {
  const ports = sumBy(samples, 'xdp_port_packets_total', ({ protocol, port }) =>
    port === 'other' ? port : `${protocol}/${port}`,
  );
  const shown = await browser.counts('ports', 4);
  assert.ok(Object.keys(shown).length >= 7, Object.keys(shown).join());
  assert.deepEqual(shown, ports);
  assert.ok(await browser.page.locator('section.destinations').isHidden(), 'they are off');
  const flags = byLabel(samples, 'xdp_tcp_packets_total', 'flags');
  assert.ok(Object.keys(flags).length >= 2);
  assert.deepEqual(await browser.counts('flags', 3), flags);
  assert.deepEqual(
    await browser.counts('queues', 3),
    byLabel(samples, 'xdp_rx_queue_packets_total', 'queue'),
  );
  const peak = (window: string) =>
    Math.max(
      ...samples
        .filter(({ name, labels }) => name === 'xdp_peak_packets' && labels['window'] === window)
        .map(({ value }) => value),
    );
  assert.ok(peak('10ms') > 0);
  assert.deepEqual(await browser.counts('peaks', 1), { '10 ms': peak('10ms'), '1 s': peak('1s') });
}
