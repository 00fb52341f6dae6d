// SPDX-License-Identifier: Apache-2.0
// Beside a running exporter: `top` and `log` join it by its control socket, and slow readers cost it nothing.
import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { startGenerator } from '../../src/demo/generator-process.ts';
import { createLab, type Lab } from '../../src/demo/lab.ts';
import type { PacketCounts } from '../../src/snapshot/packet-stream.ts';
import { skipUnlessRoot } from '../kernel/support/root.ts';
import { type Ended, ExporterProcess, runMain } from './support/exporter-process.ts';
import { sumOf } from './support/exposition.ts';
import { exporterBytes } from './support/memory.ts';
import { until } from './support/namespace.ts';
import { atRest, type Outcomes, outcomesOf } from './support/outcomes.ts';
import { assertWithoutRights, wireOf } from './support/wire-pid.ts';

const RATE = Number(process.env['XDP_TEST_RATE'] ?? 100_000);
const SLOW_READERS = 5;
const MIB = 2 ** 20;

/** What a report of `top` says of the one device. */
function readReport(line: string): { readonly packets: number; readonly packetsPerSecond: number } {
  const [{ device, total }] = JSON.parse(line).devices;
  assert.equal(device, 'demo0');
  return total;
}

const lostOf = ({ ringFull, noRing }: Outcomes) => ringFull + noRing;

describe('the control socket', { skip: skipUnlessRoot }, () => {
  let folder: string;
  let socket: string;
  let lab: Lab;
  let exporter: ExporterProcess;

  before(async () => {
    // Open to all: it is the socket itself that is not.
    folder = mkdtempSync(join(tmpdir(), 'xdp-control-'));
    chmodSync(folder, 0o755);
    socket = join(folder, 'control.sock');
    lab = await createLab({ name: 'control' });
    exporter = await start();
  });
  after(async () => {
    await exporter?.close();
    await lab?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const start = (path = socket) =>
    ExporterProcess.start(['--netns', lab.rx.netns, lab.rx.device, '--control.socket', path]);

  const beside = (command: string, ...args: string[]): Promise<Ended> =>
    runMain([command, '--netns', lab.rx.netns, lab.rx.device, ...args], {
      env: { XDP_EXPORTER_CONTROL_SOCKET: socket },
    });

  async function ask(path: string): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      get({ socketPath: socket, path, agent: false }, resolve).on('error', reject);
    });
  }

  async function textOf(response: IncomingMessage): Promise<string> {
    let text = '';
    for await (const chunk of response.setEncoding('utf8')) {
      text += chunk;
    }
    return text;
  }

  /** The counts of a stream once they add up to so many records. */
  async function lastCounts(response: IncomingMessage, records: number): Promise<PacketCounts> {
    const stop = setTimeout(() => response.destroy(new Error('the counts do not come')), 10_000);
    let held = '';
    let rows = 0;
    for await (const chunk of response.setEncoding('utf8')) {
      const lines = `${held}${chunk}`.split('\n');
      held = lines.pop() ?? '';
      for (const line of lines) {
        const { packets, counts } = JSON.parse(line) as {
          packets: unknown[];
          counts: PacketCounts;
        };
        rows += packets.length;
        assert.equal(rows, counts.rows);
        if (counts.rows + counts.missed === records) {
          clearTimeout(stop);
          return counts;
        }
      }
    }
    return assert.fail('the stream has ended');
  }

  test('shows the right numbers to top and log, and slow readers lose alone', async () => {
    const slow = await Promise.all(Array.from({ length: SLOW_READERS }, () => ask('/v1/packets')));
    const load = startGenerator({ ...lab.tx, rate: RATE, durationSeconds: 120 });
    await until(
      'packets arrive',
      async () => sumOf(await exporter.scrape(), 'xdp_packets_total') > 0,
    );
    await delay(2_000);
    // On a busy machine the first moments of full load may find a ring full, with or without readers.
    const lostBefore = lostOf(outcomesOf(await exporter.scrape()));
    const early = exporterBytes(exporter.pid);
    const before = sumOf(await exporter.scrape(), 'xdp_packets_total');

    const [once, counted, logged] = await Promise.all([
      beside('top', '--once', '-o', 'json'),
      beside('top', '-o', 'json', '--count', '3'),
      beside('log', '--count', '10', '-o', 'json', 'udp'),
    ]);
    for (const { code, stderr } of [once, counted, logged]) {
      assert.equal(code, 0, stderr);
      assert.match(stderr, /msg="joined the running exporter" socket=\S+ devices=demo0$/m);
      assert.doesNotMatch(stderr, /attached/);
    }
    const after = sumOf(await exporter.scrape(), 'xdp_packets_total');
    const reportsOf = ({ stdout }: Ended) => stdout.trim().split('\n').map(readReport);
    assert.equal(reportsOf(once).length, 1);
    assert.equal(reportsOf(counted).length, 3);
    for (const reports of [reportsOf(once), reportsOf(counted)]) {
      let last = before;
      for (const { packets, packetsPerSecond } of reports) {
        // The exporter's own counters, and the growth of one interval.
        assert.ok(packets > last && packets <= after, `${packets} from ${last} to ${after}`);
        assert.ok(packetsPerSecond > 0 && packetsPerSecond < packets - before + RATE);
        last = packets;
      }
    }
    const packets = logged.stdout.trim().split('\n');
    assert.equal(packets.length, 10);
    assert.ok(packets.every((line) => JSON.parse(line).protocol === 'udp'));
    assert.match(logged.stderr, /^seen=\d+ printed=10 filtered_out=\d+ .* missed=\d+$/m);

    const late = exporterBytes(exporter.pid);
    const { sent } = await load.stop();
    const outcomes = await atRest(exporter, sent);
    assert.equal(outcomes.counted, sent);
    assert.equal(lostOf(outcomes), lostBefore, JSON.stringify(outcomes));
    assert.ok(late - early < 16 * MIB, `${(late - early) / MIB} MiB more`);

    let missed = 0;
    for (const response of slow) {
      const counts = await lastCounts(response, outcomes.decoded);
      assert.ok(counts.missed > 0 && counts.rows < 50_000, JSON.stringify(counts));
      missed += counts.missed;
      response.destroy();
    }
    const exported = () => exporter.scrape();
    await until(
      'no reader is left',
      async () => sumOf(await exported(), 'xdp_logger_readers') === 0,
    );
    const told = sumOf(await exported(), 'xdp_logger_reader_records_total', { outcome: 'missed' });
    assert.ok(told >= missed, `${told} exported, ${missed} told`);
  });

  test('refuses what is asked wrong, and more readers than there may be', async () => {
    const wrong = await ask('/v1/packets?filter=udp%20and%20prot%2053');
    assert.equal(wrong.statusCode, 400);
    assert.match(await textOf(wrong), /column 9/);
    const readers = await Promise.all(Array.from({ length: 8 }, () => ask('/v1/packets')));
    const ninth = await ask('/v1/packets');
    assert.equal(ninth.statusCode, 503);
    assert.match(
      await textOf(ninth),
      /^read packets: 8 readers are connected; stop one of them first$/m,
    );
    for (const reader of readers) {
      reader.destroy();
    }
    const viewers = await Promise.all(Array.from({ length: 8 }, () => ask('/v1/snapshots')));
    assert.equal((await ask('/v1/snapshots')).statusCode, 503);
    for (const viewer of viewers) {
      viewer.destroy();
    }
    const metrics = await ask('/metrics');
    assert.equal(metrics.statusCode, 200);
    assert.match(await textOf(metrics), /^xdp_packets_total/m);
  });

  test('is not on TCP, and no other user can open it', async () => {
    for (const path of ['v1/snapshot', 'v1/snapshots', 'v1/packets']) {
      assert.equal(await exporter.get(path), 'not found\n');
    }
    const wrapper = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups'];
    const { code, stderr } = await runMain(['top', 'lo', '--control.socket', socket], { wrapper });
    assert.equal(code, 2);
    assert.match(stderr, /level=warn msg="ask exporter at .*: EACCES; going on without it"/);
  });

  test('is served on when the wire is replaced', async () => {
    const wire = wireOf(exporter.pid) ?? assert.fail('no wire');
    process.kill(wire, 'SIGKILL');
    await until('another wire serves', () => (wireOf(exporter.pid) ?? wire) !== wire);
    assertWithoutRights(wireOf(exporter.pid) ?? wire);
    const { code, stderr } = await beside('top', '--once', '--interval', '0.1');
    assert.equal(code, 0, stderr);
    assert.match(stderr, /joined the running exporter/);
  });

  test('is not taken from a live exporter, and is taken over from one that was killed', async () => {
    const second = await runMain([
      'run',
      'lo',
      '--web.listen-address',
      '127.0.0.1:0',
      '--control.socket',
      socket,
    ]);
    assert.equal(second.code, 1);
    assert.match(
      second.stderr,
      /^xdp-exporter: listen on control socket "\S+": another process listens there; choose another path with --control.socket$/m,
    );
    await exporter.close();
    exporter = await start();
    const { stderr } = await beside('top', '--once', '--interval', '0.1');
    assert.match(stderr, /joined the running exporter/);
  });

  test('is not needed: where it cannot be, the exporter says so, and top attaches where none runs', async () => {
    await exporter.close();
    exporter = await start('/proc/no-such/control.sock');
    assert.match(
      exporter.log,
      /level=warn msg="listen on control socket .*: ENOENT; choose another path with --control.socket; top and log cannot join/,
    );
    assert.equal(sumOf(await exporter.scrape(), 'xdp_device_up'), 1);
    await exporter.close();
    const { stderr, code } = await beside('top', '--once', '--interval', '0.1');
    assert.equal(code, 0, stderr);
    assert.match(stderr, /msg=attached device=demo0/);
  });
});
