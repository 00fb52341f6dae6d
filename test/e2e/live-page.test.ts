// SPDX-License-Identifier: Apache-2.0
// The live page of the real binary as HTTP: where it is served, under which policy, and what its events say.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { startGenerator } from '../../src/demo/generator-process.ts';
import { createLab, type Lab } from '../../src/demo/lab.ts';
import type { JsonSnapshot } from '../../src/snapshot/json.ts';
import { ACTIONS } from '../../src/snapshot/packet-class.ts';
import { skipUnlessRoot } from '../kernel/support/root.ts';
import { ExporterProcess } from './support/exporter-process.ts';
import { sumOf } from './support/exposition.ts';
import { addOddDevice } from './support/odd-lab.ts';

const FRAMES = 12_345;

describe('the live page of an exporter', { skip: skipUnlessRoot }, () => {
  let lab: Lab;
  before(async () => {
    lab = await createLab({ name: 'live' });
    await addOddDevice(lab, Buffer.from('<script>"'), 0);
  });
  after(() => lab?.close());

  async function withExporter(
    args: readonly string[],
    use: (exporter: ExporterProcess) => Promise<void>,
  ): Promise<void> {
    const devices = ['--netns', lab.rx.netns, '--device', lab.rx.device, '--device', '<script>"'];
    const exporter = await ExporterProcess.start([...devices, ...args]);
    try {
      await use(exporter);
    } finally {
      await exporter.close();
    }
  }

  /** The first snapshots of the events. */
  async function watch(exporter: ExporterProcess, count: number): Promise<JsonSnapshot[]> {
    const { body, status } = await fetch(new URL('/live/events', exporter.url));
    assert.equal(status, 200);
    const snapshots: JsonSnapshot[] = [];
    let text = '';
    for await (const chunk of body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += chunk;
      const [next = '', rest] = text.split('\n\n', 2);
      if (rest !== undefined) {
        snapshots.push(JSON.parse(next.replace(/^data: /, '')));
        text = text.slice(next.length + 2);
      }
      if (snapshots.length === count) {
        break;
      }
    }
    return snapshots;
  }

  test('is there on a loopback address, with a snapshot a second that equals a scrape', async () => {
    await withExporter([], async (exporter) => {
      const page = await fetch(new URL('/', exporter.url));
      const policy = page.headers.get('content-security-policy') ?? '';
      assert.match(policy, /^default-src 'none'; script-src 'self'; style-src 'self'; /);
      assert.doesNotMatch(policy, /unsafe/);
      assert.match(await page.text(), /<script type="module" src="\/live\/page\/main.js">/);
      await startGenerator({ ...lab.tx, frames: FRAMES }).done;
      await delay(200);
      const [first, second] = await watch(exporter, 2);
      const samples = await exporter.scrape();
      const index = first?.devices.findIndex(({ name }) => name === lab.rx.device) ?? -1;
      const packets = second?.parts.traffic?.[index]?.packets;
      const device = lab.rx.device;
      assert.deepEqual(
        packets,
        ACTIONS.map((action) => sumOf(samples, 'xdp_packets_total', { device, action })),
      );
      assert.equal(packets?.[ACTIONS.indexOf('pass')], FRAMES);
      const elapsedMs = (second?.monotonicMs ?? 0) - (first?.monotonicMs ?? 0);
      assert.ok(elapsedMs > 500 && elapsedMs < 3_000, `${elapsedMs} ms`);
      assert.ok(second?.devices.some(({ name, up }) => name === '<script>"' && up));
    });
  });

  for (const [what, args] of [
    ['is not there where it is switched off', ['--web.live', 'off']],
    ['is not there on an address that others can reach', ['--web.listen-address', '0.0.0.0:0']],
  ] as const) {
    test(what, async () => {
      await withExporter(args, async (exporter) => {
        const page = await fetch(new URL('/', exporter.url));
        assert.match(
          page.headers.get('content-security-policy') ?? '',
          /^default-src 'none'; frame/,
        );
        assert.match(await page.text(), /<li><a href="\/metrics">Metrics<\/a><\/li>/);
        for (const path of ['/live/events', '/live/page/main.js']) {
          assert.equal((await fetch(new URL(path, exporter.url))).status, 404);
        }
      });
    });
  }

  test('is there on such an address where it is asked for', async () => {
    await withExporter(
      ['--web.listen-address', '0.0.0.0:0', '--web.live', 'on'],
      async (exporter) => {
        assert.equal((await watch(exporter, 1)).length, 1);
      },
    );
  });
});
