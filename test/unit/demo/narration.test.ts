// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { METRICS } from '../../../src/catalogue/catalogue.ts';
import { narrate, narrationOf } from '../../../src/demo/narration.ts';
import { planStory, type ScenarioName } from '../../../src/demo/scenarios.ts';
import type { MetricDefinition } from '../../../src/metrics/definition.ts';
import { SCENARIOS } from '../../../src/options/command-schema.ts';
import { selectorsOf } from '../../deploy/support/promql.ts';

const NAMES = Object.values<MetricDefinition>(METRICS).map(({ name }) => name);
const DOCUMENT = readFileSync(new URL('../../../../docs/demo.md', import.meta.url), 'utf8');

const narrated = (scenario: ScenarioName, durationSeconds?: number) =>
  narrationOf(planStory({ scenario, rate: 200_000, durationSeconds, observe: false }), {
    pageUrl: 'http://127.0.0.1:9/',
    top: 'xdp-exporter top demo0',
  });

describe('narrationOf', () => {
  it('says when something begins and ends, and where it is seen', () => {
    const lines = narrated('flood').map(({ atSeconds, lines: each }) => [atSeconds, ...each]);
    assert.deepEqual(lines, [
      [0, '0:00  calm: 10,000 packets/s of all kinds; flood begins at 0:45'],
      [
        45,
        '0:45  flood: 190,000 UDP packets/s from 1,000 sources to one server, port 53',
        '       page:   Verdicts, Top sources, Destination ports: http://127.0.0.1:9/',
        '       top:    SOURCE, PORT: xdp-exporter top demo0',
        '       PromQL: topk(3, rate(xdp_port_packets_total[1m]))',
      ],
      [135, '2:15  calm again: 10,000 packets/s of all kinds; it ends at 3:00'],
    ]);
  });

  it('leaves out what there is not', () => {
    const story = planStory({ scenario: 'syn', rate: 1, durationSeconds: 9, observe: false });
    const [, middle] = narrationOf(story, { top: undefined });
    assert.deepEqual(
      middle?.lines.map((line) => line.trim().split(' ')[0]),
      ['0:02.3', 'PromQL:'],
    );
  });

  for (const scenario of SCENARIOS.filter((name) => name !== 'mixed')) {
    it(`asks Prometheus for a metric of the exporter: ${scenario}`, () => {
      const [, middle] = narrated(scenario);
      const [, expr = ''] = /PromQL: (.*)/.exec(middle?.lines.at(-1) ?? '') ?? [];
      const [selector, ...others] = selectorsOf(expr);
      assert.ok(NAMES.includes(selector?.metric ?? ''), expr);
      assert.deepEqual(others, []);
      assert.ok(DOCUMENT.includes(`| \`${expr}\` |`), `docs/demo.md lacks ${expr}`);
    });
  }

  it('has nothing to say where nothing begins', () => {
    assert.deepEqual(narrated('mixed'), []);
  });
});

describe('narrate', () => {
  const narration = [0, 0.02, 3600].map((atSeconds) => ({ atSeconds, lines: [`${atSeconds} s`] }));

  it('says each line in its time, until the signal', async () => {
    const over = new AbortController();
    const said: string[] = [];
    await narrate(narration, over.signal, (line) => {
      said.push(line);
      if (said.length === 2) {
        over.abort();
      }
    });
    assert.deepEqual(said, ['0 s', '0.02 s']);
  });

  it('says nothing more after the signal', async () => {
    const said: string[] = [];
    await narrate(narration, AbortSignal.abort(), (line) => said.push(line));
    assert.deepEqual(said, []);
  });
});
