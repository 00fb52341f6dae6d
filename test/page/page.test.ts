// SPDX-License-Identifier: Apache-2.0
// The live page in a real browser, beside a real exporter under traffic.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { startGenerator } from '../../src/demo/generator-process.ts';
import { createLab, type Lab, type LabEnd } from '../../src/demo/lab.ts';
import { DEMO_MIX } from '../../src/demo/mix.ts';
import { ExporterProcess } from '../e2e/support/exporter-process.ts';
import { readSamples, sumOf } from '../e2e/support/exposition.ts';
import { until } from '../e2e/support/namespace.ts';
import { addOddDevice } from '../e2e/support/odd-lab.ts';
import { skipUnlessRoot } from '../kernel/support/root.ts';
import { Browser, type Look } from './support/browser.ts';
import { assertSameClasses, byLabel } from './support/same-numbers.ts';

const ODD_NAMES = ['<script>', '"'];

const LOOKS: readonly Look[] = [1280, 390].flatMap((width) => [
  { width, colorScheme: 'light' as const },
  { width, colorScheme: 'dark' as const },
]);

/** Of those who look at once. */
const PLACES = 8;

/** What one of the demo's seconds brings, sent as fast as that. */
const RATE = 20_000;

describe('the live page', { skip: skipUnlessRoot }, () => {
  let lab: Lab;
  let odd: readonly LabEnd[];
  let exporter: ExporterProcess;
  let url: string;

  before(async () => {
    lab = await createLab({ name: 'page' });
    odd = [];
    for (const [serial, name] of ODD_NAMES.entries()) {
      odd = [...odd, (await addOddDevice(lab, Buffer.from(name), serial)).tx];
    }
    const devices = ['--device', '*', '--device-exclude', 'lo', '--device', 'none-such'];
    exporter = await ExporterProcess.start(['--netns', lab.rx.netns, ...devices]);
    url = new URL('/', exporter.url).href;
    await until('three devices are counted', async () => {
      return sumOf(await exporter.scrape(), 'xdp_device_up') === 3;
    });
  });
  after(async () => {
    await exporter?.close();
    await lab?.close();
  });

  const send = (end: LabEnd, seconds: number) =>
    startGenerator({ ...end, durationSeconds: seconds, rate: RATE, mix: DEMO_MIX });

  const scrape = async () => readSamples(await exporter.get('metrics'));

  /** Looks so many times at once, which fails where a place is taken. @returns what gives the places back */
  async function takePlaces(count: number): Promise<() => void> {
    const abort = new AbortController();
    const events = new URL('/live/events', url);
    const answers = Array.from({ length: count }, () => fetch(events, { signal: abort.signal }));
    const statuses = (await Promise.all(answers)).map(({ status }) => status);
    assert.deepEqual(statuses, Array(count).fill(200));
    return () => abort.abort();
  }

  test('has the numbers of a scrape at rest, and between those of two scrapes under traffic', async () => {
    const browser = await Browser.open(url, { width: 1280, colorScheme: 'light' });
    try {
      await browser.live();
      const generator = send(lab.tx, 60);
      for (const end of odd) {
        await send(end, 0.5).done;
      }
      for (let look = 0; look < 3; look++) {
        const [before] = [byLabel(await scrape(), 'xdp_packets_total', 'action')['pass'] ?? 0];
        await delay(1_500);
        const shown = (await browser.counts('actions', 4))['pass'] ?? 0;
        const after = byLabel(await scrape(), 'xdp_packets_total', 'action')['pass'] ?? 0;
        assert.ok(before <= shown && shown <= after, `${before} <= ${shown} <= ${after}`);
      }
      const [rate = ''] = await browser.page.locator('#tiles dd').allTextContents();
      assert.match(rate, /^(1[5-9]|2[0-5])\.\d k$/);
      await generator.stop();
      await delay(2_500);
      const samples = await scrape();
      const packets = byLabel(samples, 'xdp_packets_total', 'action');
      assert.deepEqual(await browser.counts('actions', 4), packets);
      assert.deepEqual(
        await browser.counts('actions', 5),
        byLabel(samples, 'xdp_bytes_total', 'action'),
      );
      assert.deepEqual(await browser.counts('devices', 6), {
        ...byLabel(samples, 'xdp_packets_total', 'device'),
        'none-such': 0,
      });
      const sources = byLabel(samples, 'xdp_source_packets_total', 'source_address');
      const shown = Object.entries(await browser.counts('sources', 5));
      assert.ok(shown.length >= 10, `${shown.length} sources`);
      assert.deepEqual(
        shown,
        shown.map(([address]) => [address, sources[address]]),
      );
      await assertSameClasses(browser, samples);
      const outcomes = byLabel(samples, 'xdp_logger_packets_total', 'outcome');
      const told = await browser.counts('outcomes', 3);
      assert.equal(told['recorded and read'], outcomes['decoded']);
      assert.equal(told['not read yet'], 0);
      const udp = samples.find(
        ({ name, labels }) =>
          name === 'xdp_protocol_packets_total' &&
          labels['family'] === 'ipv6' &&
          labels['protocol'] === 'udp' &&
          labels['device'] === lab.rx.device,
      );
      await browser.page.selectOption('#device', { label: lab.rx.device });
      await delay(2_500);
      assert.equal((await browser.counts('protocols', 4))['ipv6 udp'], udp?.value);
      await browser.page.locator('summary').click();
      const cpus = samples.filter(
        ({ name, labels }) =>
          name === 'xdp_cpu_packets_total' && labels['device'] === lab.rx.device,
      );
      assert.deepEqual(
        Object.fromEntries(
          Object.entries(await browser.counts('cpus', 3)).filter(([, count]) => count > 0),
        ),
        byLabel(cpus, 'xdp_cpu_packets_total', 'cpu'),
      );
      const total = Object.values(await browser.counts('sizes', 3)).reduce((a, b) => a + b, 0);
      assert.equal(total, byLabel(samples, 'xdp_packets_total', 'device')[lab.rx.device]);
      assert.deepEqual(browser.complaints, []);
    } finally {
      await browser.close();
    }
  });

  test('shows devices that are called like markup, and one that is not there', async () => {
    const browser = await Browser.open(url, { width: 1280, colorScheme: 'light' });
    try {
      await browser.live();
      const rows = await browser.rows('devices');
      for (const name of ODD_NAMES) {
        const row = rows.find(([device]) => device === name) ?? [];
        assert.match(row.join('|'), /\|counted\|xdp_exporter \(attached, id \d+\)\|native\|/);
      }
      const absent = rows.find(([device]) => device === 'none-such');
      assert.equal(absent?.[1], 'down, absent: no such device');
      const choices = await browser.page.locator('#device option').allTextContents();
      assert.deepEqual(choices.toSorted(), ['all', 'none-such', 'demo0', ...ODD_NAMES].toSorted());
      assert.deepEqual(browser.complaints, []);
    } finally {
      await browser.close();
    }
  });

  for (const look of LOOKS) {
    const { width, colorScheme } = look;
    test(`keeps nobody out, ${width} pixels wide and ${colorScheme}`, async () => {
      const generator = send(lab.tx, 60);
      const browser = await Browser.open(url, look);
      try {
        await browser.live();
        const pictures = process.env['XDP_PICTURES'];
        await delay(pictures === undefined ? 2_000 : 40_000);
        assert.deepEqual(await browser.barriers(), []);
        const widths = await browser.page.evaluate('document.documentElement.scrollWidth');
        assert.equal(widths, width, 'nothing has to be scrolled to the side');
        if (pictures !== undefined) {
          const path = `${pictures}/live-page-${width}-${colorScheme}.png`;
          await browser.page.screenshot({ path, fullPage: true });
        }
        assert.deepEqual(browser.complaints, []);
      } finally {
        await generator.stop();
        await browser.close();
      }
    });
  }

  test('can be used by keyboard alone, and asks for nothing while it stands still', async () => {
    const browser = await Browser.open(url, { width: 1280, colorScheme: 'dark' });
    try {
      await browser.live();
      const { page } = browser;
      const focused: string[] = [];
      for (let key = 0; key < 8; key++) {
        await page.keyboard.press('Tab');
        focused.push(
          await page.evaluate<string>(
            'document.activeElement.id || document.activeElement.textContent',
          ),
        );
      }
      assert.deepEqual(focused, [
        ...['Skip to the numbers', 'Metrics', 'Health', 'Readiness', 'Documentation'],
        ...['device', 'pause', 'Every CPU as a table'],
      ]);
      await page.locator('#pause').focus();
      await page.keyboard.press('Space');
      await page.locator('#status', { hasText: /^Paused\.$/ }).waitFor();
      await takePlaces(PLACES).then((give) => give());
      await page.keyboard.press('Space');
      await browser.live();
      await browser.hide(true);
      await takePlaces(PLACES).then((give) => give());
      await browser.hide(false);
      await browser.live();
      assert.deepEqual(browser.complaints, []);
    } finally {
      await browser.close();
    }
  });

  test('says why it shows nothing where all places are taken, and goes on when one is free', async () => {
    const give = await takePlaces(PLACES);
    const browser = await Browser.open(url, { width: 1280, colorScheme: 'light' });
    try {
      const status = browser.page.locator('#status', { hasText: /^No data/ });
      assert.match(
        (await status.textContent()) ?? '',
        /^No data: 8 viewers are connected to the live page/,
      );
      give();
      await browser.live();
      const refused = /^error: Failed to load resource: .* 503 /;
      assert.deepEqual(
        browser.complaints.filter((complaint) => !refused.test(complaint)),
        [],
      );
    } finally {
      await browser.close();
    }
  });
});
