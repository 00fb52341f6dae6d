// SPDX-License-Identifier: Apache-2.0
// The demo with a real lab and a real generator; the counting program stands in for the exporter.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runDemo } from '../../src/demo/demo.ts';
import { runIp } from '../../src/demo/ip.ts';
import { createLab, type LabEnd } from '../../src/demo/lab.ts';
import { Peer } from './support/peer.ts';
import { skipUnlessRoot } from './support/root.ts';

const never = new Promise<never>(() => {});

async function startCounting(end: LabEnd) {
  const peer = new Peer(end);
  let total = 0;
  return {
    url: 'http://127.0.0.1:9/metrics',
    failed: never,
    counts: async () => {
      total += peer.counted().packets;
      return { packets: total, dropped: 0 };
    },
    close: async () => peer.close(),
  };
}

describe('the demo', { skip: skipUnlessRoot }, () => {
  const namespaces = async () =>
    (await runIp(['netns', 'list'])).split('\n').filter((name) => name.startsWith('xdp-demo-'));

  it('counts every packet that it sends, and leaves nothing behind', async () => {
    let output = '';
    await runDemo({
      rate: 20_000,
      durationSeconds: 1.5,
      signal: new AbortController().signal,
      isTerminal: true,
      startExporter: startCounting,
      write: (text) => {
        output += text;
      },
    });
    const [, sent = '', counted = ''] = /\nsent (\S+) packets, counted (\S+)\n$/.exec(output) ?? [];
    assert.equal(counted, sent);
    assert.ok(Number(sent.replaceAll(',', '')) > 20_000, output);
    assert.deepEqual(await namespaces(), []);
  });

  it('removes everything when it is stopped at any point', async () => {
    for (const delayMs of [0, 100, 400, 900]) {
      await runDemo({
        rate: 1000,
        signal: AbortSignal.timeout(delayMs),
        startExporter: startCounting,
        write: () => {},
      });
      assert.deepEqual(await namespaces(), []);
    }
  });

  it('removes the namespaces of a demo that was killed', async () => {
    // No process has this id: it is beyond the largest that Linux gives.
    const left = `xdp-demo-${2 ** 22 + 1}-tx`;
    await runIp(['netns', 'add', left]);
    const lab = await createLab({ name: 'sweep' });
    await lab.close();
    assert.deepEqual(await namespaces(), []);
  });

  it('says that a name is taken rather than use what is there', async () => {
    const lab = await createLab({ name: 'taken' });
    await assert.rejects(createLab({ name: 'taken' }), /netns add .*: .*File exists/);
    await lab.close();
  });
});
