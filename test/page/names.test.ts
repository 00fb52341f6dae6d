// SPDX-License-Identifier: Apache-2.0
// Snapshots that say what they like, on the live page: all of it stays text.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { snapshotToJson } from '../../src/snapshot/json.ts';
import { deviceOf, snapshotOf, trafficOf } from '../unit/catalogue/snapshots.ts';
import { startLiveServer } from '../unit/http/client.ts';
import { Browser } from './support/browser.ts';

const ODD = `"><script>alert(1)</script><img src=x onerror="alert(2)">'`;

test('devices, namespaces, programs and sources stay text, and so does a problem', async () => {
  let serial = 0;
  let problem: string | undefined;
  const server = await startLiveServer({
    next: async () => {
      if (problem !== undefined) {
        throw new Error(problem);
      }
      serial++;
      const program = { name: ODD, id: 1, tag: '0', mode: 'native', role: 'observed' } as const;
      const counts = { packets: 7 * serial, bytes: 700 * serial };
      const series = [{ key: ODD, ...counts, startedAtMs: 0 }];
      const snapshot = snapshotOf([deviceOf(ODD, { netns: '<b>', program })], {
        traffic: [trafficOf(2)],
        sources: [{ series, other: counts, tracked: 1, evicted: 0 }],
      });
      return snapshotToJson({ ...snapshot, monotonicMs: 1_000 * serial });
    },
  });
  const browser = await Browser.open(`${server.url}/`, { width: 1280, colorScheme: 'light' });
  try {
    await browser.live();
    const [[device, , program] = []] = await browser.rows('devices');
    assert.equal(device, `${ODD} in <b>`);
    assert.equal(program, `${ODD} (observed, id 1)`);
    assert.equal((await browser.rows('sources'))[0]?.[0], ODD);
    assert.ok((await browser.page.locator('#device').textContent())?.endsWith(`${ODD} in <b>`));
    const live = await browser.page.locator('#status').textContent();
    assert.match(live ?? '', /some values cannot be read .*: packet_sizes\.$/, 'a part is missing');
    problem = ODD;
    const status = browser.page.locator('#status', { hasText: /^The exporter/ });
    assert.equal(await status.textContent(), `The exporter cannot be read: ${ODD}`);
    assert.equal(await browser.page.locator('img, main script').count(), 0);
    assert.deepEqual(browser.complaints, []);
  } finally {
    await browser.close();
    await server.close();
  }
});
