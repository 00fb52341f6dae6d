// SPDX-License-Identifier: Apache-2.0
// The client of the control socket against a server that says what a test wants.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, describe, it } from 'node:test';
import { RunningExporter, type Wanted } from '../../../src/control/running-exporter.ts';
import { snapshotToJson } from '../../../src/snapshot/json.ts';
import { encodeWords } from '../../../src/snapshot/packet-lines.ts';
import { absentDevice, deviceOf, snapshotOf, trafficOf } from '../catalogue/snapshots.ts';
import { FakeLog } from '../fake-log.ts';
import { ROW, rowsOf } from '../snapshot/packet-rows.ts';

const folder = mkdtempSync(join(tmpdir(), 'xdp-client-'));
const path = join(folder, 'control.sock');
let server: Server | undefined;

afterEach(() => server?.close());
after(() => rmSync(folder, { recursive: true }));

const DEVICES = [
  deviceOf('lo'),
  deviceOf('eth0', { netns: 'blue' }),
  deviceOf('gone', { wanted: false }),
];
const SNAPSHOT = snapshotOf(DEVICES, { traffic: [trafficOf(1), undefined, undefined] });

/** Answers by path with lines and the end, or a status and a sentence. */
async function serve(answers: Record<string, readonly string[] | string>): Promise<string[]> {
  const asked: string[] = [];
  server = createServer(({ url = '' }, response) => {
    asked.push(url);
    const answer = answers[url.replace(/\?.*/, '')] ?? '';
    if (typeof answer === 'string') {
      response.writeHead(503).end(`${answer}\n`);
      return;
    }
    for (const line of answer) {
      response.write(`${line}\n`);
    }
    response.end();
  }).listen(path);
  await once(server, 'listening');
  return asked;
}

const ALL: Wanted = { selection: { include: [], exclude: [], defaultRoute: false }, netns: [] };
const only = (name: string): Wanted => ({
  ...ALL,
  selection: { ...ALL.selection, include: [name] },
});
const line = snapshotToJson(SNAPSHOT);

async function find(wanted = ALL) {
  const log = new FakeLog();
  return { exporter: await RunningExporter.find(path, wanted, log.log), log };
}

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const taken: Item[] = [];
  for await (const item of items) {
    taken.push(item);
  }
  return taken;
}

describe('RunningExporter', () => {
  it('is joined with all that it wants where no device is named, and says so', async () => {
    await serve({ '/v1/snapshot': [line] });
    const { exporter, log } = await find();
    assert.deepEqual(exporter?.devices, ['lo', 'blue/eth0']);
    assert.deepEqual(log.records, [
      {
        level: 'info',
        message: 'joined the running exporter',
        fields: { socket: path, devices: 'lo,blue/eth0' },
      },
    ]);
    assert.deepEqual(await exporter?.snapshot(), SNAPSHOT);
  });

  it('is not joined for a device of the same name that has another program, or none', async () => {
    await serve({ '/v1/snapshot': [line] });
    const { exporter, log } = await find(only('lo'));
    assert.equal(exporter, undefined);
    assert.deepEqual(log.records, []);
  });

  it('is not there where nobody listens, and where there is to be no socket', async () => {
    assert.equal((await find()).exporter, undefined);
    assert.equal(await RunningExporter.find(undefined, ALL, new FakeLog().log), undefined);
  });

  it('has nothing to join where it wants no device', async () => {
    await serve({ '/v1/snapshot': [snapshotToJson(snapshotOf([absentDevice('eth0')]))] });
    assert.deepEqual((await find()).exporter?.devices, ['eth0']);
    server?.close();
    await serve({ '/v1/snapshot': [snapshotToJson(snapshotOf([]))] });
    assert.equal((await find()).exporter, undefined);
  });

  it('gives snapshots and packets until it ends, and then says that', async () => {
    const batch = {
      ...rowsOf([ROW, ROW], { 3: 'eth0' }),
      counts: { rows: 2, filtered: 3, sampledOut: 4, missed: 5 },
      sampleInterval: 1,
    };
    const asked = await serve({
      '/v1/snapshot': [line],
      '/v1/snapshots': [line, line],
      '/v1/packets': [encodeWords(batch)],
    });
    const { exporter } = await find();
    assert.ok(exporter !== undefined);
    const never = new AbortController().signal;
    const taken: unknown[] = [];
    await assert.rejects(async () => {
      for await (const snapshot of exporter.snapshots(500, never)) {
        taken.push(snapshot);
      }
    }, /^ExporterError: read snapshots: the exporter has exited$/);
    assert.deepEqual(taken, [SNAPSHOT, SNAPSHOT]);
    await assert.rejects(async () => {
      for await (const got of exporter.packets({ filter: 'udp & x', sample: 3 }, never)) {
        assert.deepEqual(got, batch);
      }
    }, /^ExporterError: read packets: the exporter has exited$/);
    assert.deepEqual(asked, [
      '/v1/snapshot',
      '/v1/snapshots?interval=0.5',
      '/v1/packets?format=words&filter=udp+%26+x&sample=3',
    ]);
  });

  it('passes on why it refuses, and ends without an error at the signal', async () => {
    await serve({ '/v1/snapshot': [line], '/v1/packets': 'read packets: 8 readers are connected' });
    const { exporter } = await find();
    assert.ok(exporter !== undefined);
    const request = { filter: '', sample: 1 };
    await assert.rejects(
      all(exporter.packets(request, new AbortController().signal)),
      /^ExporterError: read packets: 8 readers are connected$/,
    );
    assert.deepEqual(await all(exporter.snapshots(1_000, AbortSignal.abort())), []);
  });

  it('is an error where something else listens there', async () => {
    await serve({ '/v1/snapshot': ['<html>'] });
    await assert.rejects(find(), /^ExporterError: read snapshot: /);
  });
});
