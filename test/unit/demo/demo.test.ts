// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { DemoOptions } from '../../../src/demo/demo.ts';
import { FLOOD } from '../../../src/demo/filter-process.ts';
import { DEMO_MIX } from '../../../src/demo/mix.ts';
import { FakeDemo, TX } from './fake-demo.ts';

const EVERYTHING = [
  'lab created',
  'exporter started',
  'generator started',
  'generator stopped',
  'exporter closed',
  'lab closed',
];

/** Resolves when the demo has shown a rate. */
async function shown(demo: FakeDemo): Promise<void> {
  for (let tries = 0; tries < 5000 && !demo.output.includes('so far'); tries++) {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

describe('runDemo', () => {
  it('says where the metrics are and how to look at them', async () => {
    const demo = new FakeDemo();
    demo.abort.abort();
    await demo.run();
    assert.match(demo.output, /at 200,000 packets\/s, counted on "demo0" in .* "lab-rx"/);
    assert.match(demo.output, /^metrics: http:\/\/127.0.0.1:9\/metrics$/m);
    assert.match(demo.output, /^try: {5}curl -s http:\/\/127.0.0.1:9\/metrics \| grep/m);
    assert.doesNotMatch(demo.output, /^look:/m);
  });

  it('says where the live page is, if there is one', async () => {
    const demo = new FakeDemo();
    demo.page = { pageUrl: 'http://127.0.0.1:9/' };
    demo.abort.abort();
    await demo.run();
    assert.match(demo.output, /^look: {4}http:\/\/127.0.0.1:9\/$/m);
  });

  it('asks for the demo mix through the lab, at the rate and for the time it was given', async () => {
    const demo = new FakeDemo();
    demo.abort.abort();
    await demo.run({ rate: 0, durationSeconds: 3 });
    const { mix = [], ...options } = demo.asked ?? { ...TX };
    assert.deepEqual(options, { ...TX, rate: 0, durationSeconds: 3 });
    assert.ok(mix.length > 3);
    assert.match(demo.output, /traffic at full speed/);
  });

  it('ends on the signal and removes everything, last things first', async () => {
    const demo = new FakeDemo();
    const running = demo.run();
    await shown(demo);
    demo.packets = 1_234_567;
    demo.abort.abort();
    await running;
    assert.deepEqual(demo.events, EVERYTHING);
    assert.match(demo.output, /\nsent 1,234,567 packets, counted 1,234,567\n$/);
  });

  it('ends when the generator has done its time', async () => {
    const demo = new FakeDemo();
    demo.generatorDone = Promise.resolve({ sent: 1, dropped: 0, bytes: 1, seconds: 1, cpu: null });
    await demo.run();
    assert.deepEqual(demo.events, EVERYTHING);
  });

  it('shows the rate in lines of their own where there is no terminal', async () => {
    const demo = new FakeDemo();
    const running = demo.run();
    await shown(demo);
    demo.abort.abort();
    await running;
    assert.match(demo.output, /^0 packets\/s, 0 so far$/m);
    assert.ok(!demo.output.includes('\r'));
  });

  it('shows the rate in one line on a terminal', async () => {
    const demo = new FakeDemo();
    const running = demo.run({ isTerminal: true });
    await shown(demo);
    demo.abort.abort();
    await running;
    const line = '\r\x1b[K0 packets/s, 0 so far';
    const [introduction = '', ...lines] = demo.output.replaceAll(line, 'LINE').split('\n').slice(3);
    assert.match(introduction, /Ctrl-C/);
    assert.match(lines[0] ?? '', /^(LINE)+$/);
    assert.match(lines[1] ?? '', /^sent /);
  });

  const failures: readonly [string, (demo: FakeDemo) => void, readonly string[]][] = [
    [
      'the exporter ends',
      (demo) => {
        demo.exporterFailed = Promise.reject(new Error('broken'));
      },
      EVERYTHING,
    ],
    [
      'the generator fails',
      (demo) => {
        demo.generatorDone = Promise.reject(new Error('broken'));
      },
      EVERYTHING,
    ],
  ];
  for (const [what, arrange, events] of failures) {
    it(`fails and removes everything when ${what}`, async () => {
      const demo = new FakeDemo();
      arrange(demo);
      await assert.rejects(demo.run(), /^Error: broken$/);
      assert.deepEqual(demo.events, events);
    });
  }

  it('removes everything when the counter cannot be read any more', async () => {
    const demo = new FakeDemo();
    const start = demo.options.startExporter;
    const startExporter: DemoOptions['startExporter'] = async (end) => {
      let reads = 0;
      const counts = async () => {
        reads += 1;
        return reads < 3 ? { packets: 0, dropped: 0 } : Promise.reject(new Error('broken'));
      };
      return { ...(await start(end)), counts };
    };
    await assert.rejects(demo.run({ startExporter }), /^Error: broken$/);
    assert.deepEqual(demo.events, EVERYTHING);
  });

  it('has another process hold the device where it is to observe, floods it, and says what was dropped', async () => {
    const demo = new FakeDemo();
    const running = demo.run({ observe: true });
    await shown(demo);
    demo.packets = 1_234_567;
    demo.dropped = 617_283;
    demo.abort.abort();
    await running;
    const [lab = '', ...others] = EVERYTHING;
    assert.deepEqual(demo.events, [
      ...[lab, 'filter started', ...others.slice(0, -1)],
      ...['filter stopped', ...others.slice(-1)],
    ]);
    assert.deepEqual(demo.asked?.mix, [...DEMO_MIX, FLOOD]);
    assert.match(demo.output, /^filter: {2}program "demo_flood_filter" \(id 7\) of another/m);
    assert.match(demo.output, /^try: .* \| grep '\^xdp_packets_total'$/m);
    assert.match(demo.output, /^0 packets\/s, 0 so far, 0 of them dropped by the filter$/m);
    assert.match(
      demo.output,
      /\nsent 1,234,567 packets, counted 1,234,567, 617,283 of them dropped by the filter\n$/,
    );
  });

  it('stops the filter and removes the lab when nothing can be observed', async () => {
    const demo = new FakeDemo();
    const startExporter = () => Promise.reject(new Error('broken'));
    await assert.rejects(demo.run({ observe: true, startExporter }), /^Error: broken$/);
    const events = ['lab created', 'filter started', 'filter stopped', 'lab closed'];
    assert.deepEqual(demo.events, events);
  });

  it('removes the lab when the exporter does not start', async () => {
    const demo = new FakeDemo();
    const startExporter = () => Promise.reject(new Error('broken'));
    await assert.rejects(demo.run({ startExporter }), /^Error: broken$/);
    assert.deepEqual(demo.events, ['lab created', 'lab closed']);
  });
});
