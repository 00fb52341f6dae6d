// SPDX-License-Identifier: Apache-2.0
// What a Prometheus remembers of a fleet.
import { writePast } from './past.ts';

const DAY_SECONDS = 24 * 3600;
const WEEK_SECONDS = 7 * DAY_SECONDS;

/** Of rules. */
const RATE_5M = ':xdp_packets:rate5m';
const RATE_2M = ':xdp_packets:rate2m';

/**
 * What each node had a week ago, for as long as a test may take, and what the rules recorded of the last day.
 * @param rates packets a second by instance; they were a little less then
 */
export function pastOf(rates: Readonly<Record<string, number>>, device: string): string {
  const now = Math.floor(Date.now() / 1000);
  const weekAgo = now - WEEK_SECONDS - 60;
  const lastDay = { start: now - DAY_SECONDS, end: now - 60, stepSeconds: 60 };
  return Object.entries(rates)
    .flatMap(([instance, rate]) => {
      const labels = { job: 'xdp', instance, node: instance, device };
      const passed = { ...labels, action: 'pass' };
      const before = 0.8 * rate;
      const series = [
        { name: 'xdp_packets_total', labels: passed, value: (seconds: number) => before * seconds },
        { name: `job_instance_netns_device_action${RATE_5M}`, labels: passed, value: () => before },
        {
          name: 'xdp_peak_packets',
          labels: { ...labels, window: '10ms' },
          value: () => 0.01 * before,
        },
      ];
      const usual = { name: `job_instance_netns_device${RATE_2M}`, labels, value: () => before };
      return [
        writePast({ start: weekAgo, end: weekAgo + 600, stepSeconds: 2, series }),
        writePast({ ...lastDay, series: [usual] }),
      ];
    })
    .join('');
}
