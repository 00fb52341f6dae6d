// SPDX-License-Identifier: Apache-2.0
// The queries of docs/peaks.md over the burst that it tells of: what Prometheus itself makes of them.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { stringify } from 'yaml';
import { PROJECT } from './support/rules.ts';

const BURST = 20_000;
const BYTES = BURST * 60;

const document = readFileSync(new URL('docs/peaks.md', PROJECT), 'utf8');
const queries = [...document.matchAll(/```promql\n(.*?)\n```/gs)].map(([, query = '']) => query);

/** Ten idle minutes, scraped every 15 s, with one burst between the scrapes at 4:45 and 5:00. */
const SERIES = [
  ['xdp_packets_total{device="eth0",action="pass"}', `0x19 ${BURST}x20`],
  ['xdp_peak_packets{device="eth0",window="10ms"}', `0x19 ${BURST}x3 0x16`],
  ['xdp_peak_bytes{device="eth0",window="10ms"}', `0x19 ${BYTES}x3 0x16`],
  ['xdp_device_speed_bytes{device="eth0"}', '1250000000x40'],
].map(([series, values]) => ({ series, values }));

/** In the order of the document. */
const EXPECTED = [
  { labels: '{device="eth0",window="10ms"}', value: BURST / 0.01 },
  { labels: '{device="eth0"}', value: BURST / 60 },
  { labels: '{device="eth0"}', value: (100 * BURST) / (BURST / 300) },
  { labels: '{device="eth0",window="10ms"}', value: BYTES / 0.01 / 1.25e9 },
];

test('the queries of docs/peaks.md show the burst as a peak, and hide it in a rate', () => {
  assert.equal(queries.length, EXPECTED.length);
  const tests = {
    evaluation_interval: '15s',
    tests: [
      {
        interval: '15s',
        input_series: SERIES,
        promql_expr_test: queries.map((expr, index) => ({
          expr,
          eval_time: '5m30s',
          exp_samples: [EXPECTED[index]],
        })),
      },
    ],
  };
  const folder = mkdtempSync(join(tmpdir(), 'xdp-peaks-'));
  try {
    const file = join(folder, 'peaks.test.yml');
    writeFileSync(file, stringify(tests));
    const { status, stdout, stderr } = spawnSync('promtool', ['test', 'rules', file], {
      encoding: 'utf8',
    });
    assert.equal(status, 0, `${stdout}${stderr}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
