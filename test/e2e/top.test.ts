// SPDX-License-Identifier: Apache-2.0
// `xdp-exporter top` against generated traffic and on lo.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import type { DeviceReport, PacketRate, TopReport } from '../../src/cli/top/report.ts';
import { startGenerator } from '../../src/demo/generator-process.ts';
import type { Lab } from '../../src/demo/lab.ts';
import { skipUnlessRoot } from '../kernel/support/root.ts';
import { runMain } from './support/exporter-process.ts';
import { createOpenLab } from './support/lab.ts';
import { createNamespace, run } from './support/namespace.ts';
import { attached } from './support/packet-log.ts';

describe('top', { skip: skipUnlessRoot }, () => {
  let lab: Lab;

  before(async () => {
    lab = await createOpenLab('top');
  });
  after(() => lab?.close());

  const top = (...args: string[]) => runMain(['top', ...args]);

  /** The last of three reports, a second apart, while frames of 60 bytes arrive on one CPU. */
  async function watchLoad(cpu: number): Promise<DeviceReport | undefined> {
    const { netns, device } = lab.rx;
    const watch = top('--netns', netns, '--device', device, '-o', 'json', '--count', '3');
    // However late the last report is, packets still come then.
    const load = startGenerator({ ...lab.tx, durationSeconds: 30, rate: 100_000, cpu });
    const { stdout } = await watch;
    await load.stop();
    const lines = stdout.trim().split('\n');
    assert.equal(lines.length, 3);
    return (JSON.parse(lines[2] ?? '') as TopReport).devices[0];
  }

  for (const cpu of [0, 1]) {
    test(`shows the frames of CPU ${cpu} on that CPU, and all of them as pass`, async () => {
      const device = await watchLoad(cpu);
      const total = device?.total.packets ?? 0;
      assert.ok(total > 10_000, `${total} packets in three seconds`);
      assert.equal(device?.total.bytes, total * 60);
      const cpus = device?.cpus.map((row) => [row.cpu, row.packets]);
      assert.deepEqual(
        cpus,
        [0, 1].map((id) => [id, id === cpu ? total : 0]),
      );
      const busy = device?.actions.filter(({ packets }) => packets > 0);
      assert.deepEqual(
        busy?.map(({ action, packets }) => [action, packets]),
        [['pass', total]],
      );
    });
  }

  test('names the source, the protocol and the size of what comes, and loses no record', async () => {
    const device = await watchLoad(0);
    const total = device?.total.packets ?? 0;
    const [source] = device?.lists.sources?.rows ?? [];
    assert.match(source?.key ?? '', /^\d+\.\d+\.\d+\.\d+$/);
    assert.ok((source?.share ?? 0) > 0.9, `share ${source?.share}`);
    const busy = <Row extends PacketRate>(rows: readonly Row[] = []) =>
      rows.filter(({ packets }) => packets > 0);
    assert.deepEqual(
      busy(device?.protocols).map(({ family, protocol, packets }) => [family, protocol, packets]),
      [['ipv4', 'udp', total]],
    );
    assert.deepEqual(
      busy(device?.sizes).map(({ upToBytes, packets }) => [upToBytes, packets]),
      [[64, total]],
    );
    const { decoded, sampledOut, ringFull, noRing, pending } =
      device?.loss ?? assert.fail('no loss');
    assert.equal(
      decoded.packets + sampledOut.packets + ringFull.packets + noRing.packets + pending,
      total,
    );
    assert.equal(ringFull.packets + noRing.packets, 0);
  });

  /** What is printed at last of so many frames of 60 bytes, which all came meanwhile. */
  async function printAfter(frames: number, rate: number, ...args: string[]): Promise<string> {
    const { netns, device } = lab.rx;
    const watch = top('--netns', netns, device, '--interval', '2', '--count', '4', ...args);
    await attached(lab);
    await startGenerator({ ...lab.tx, frames, rate }).done;
    const { stdout, stderr, code } = await watch;
    assert.equal(code, 0, stderr);
    return stdout;
  }

  test('has lists that are exact where its budget has room for every packet', async () => {
    const stdout = await printAfter(40_000, 20_000, '-o', 'json');
    const [device] = (JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as TopReport).devices;
    assert.equal(device?.total.packets, 40_000);
    assert.equal(device?.loss?.decoded.packets, 40_000);
    for (const list of [device?.lists.sources, device?.lists.ports]) {
      const counts = [...(list?.rows ?? []), list?.other].map((row) => row?.packets ?? 0);
      assert.equal(
        counts.reduce((sum, packets) => sum + packets, 0),
        40_000,
      );
    }
  });

  test('beyond its budget has exact counters, and says that lists are estimates', async () => {
    const stdout = await printAfter(40_000, 20_000, '--logger.max-events-per-second', '1000');
    const table = stdout.split(/^(?=\S+Z {2}demo0)/m).at(-1) ?? '';
    assert.match(table, /^pass .* 40000 +2400000$/m);
    const [, ...outcomes] =
      /^RECORDS {2}read (\d+), sampled out (\d+), lost (\d+), pending 0; 1 in [\d.]+: lists, queues estimated$/m.exec(
        table,
      ) ?? assert.fail(table);
    const [read = 0, leftOut = 0, lost = 0] = outcomes.map(Number);
    assert.equal(read + leftOut + lost, 40_000);
    assert.ok(leftOut > 20_000, `${leftOut} sampled out`);
    const [, sources = ''] = /^SOURCE .*\n([\s\S]*?)\n[A-Z]/m.exec(table) ?? assert.fail(table);
    const counts = sources.split('\n').map((row) => Number(row.split(/ +/).at(-2)));
    const estimate = counts.reduce((sum, packets) => sum + packets, 0);
    assert.ok(Math.abs(estimate - 40_000) < 4_000, `${estimate} by the list of sources`);
  });

  test('prints a table of plain text, and leaves nothing behind', async () => {
    const { netns, device } = lab.rx;
    const { stdout, code } = await top('--netns', netns, '--device', device, '--once');
    assert.equal(code, 0);
    assert.match(stdout, /^\S+Z {2}demo0 {2}native\nno packets yet\nRECORDS {2}read 0, .*\n$/);
    const link = await run('ip', '-n', netns, '-d', 'link', 'show', device);
    assert.doesNotMatch(link, /prog\/xdp/);
  });

  test('counts a ping on lo, in generic mode', async () => {
    const namespace = await createNamespace();
    try {
      const watch = top(
        '--netns',
        namespace.name,
        '--device',
        'lo',
        '-o',
        'json',
        '--once',
        '--interval',
        '2',
      );
      // For as long as it takes, however late the table comes.
      const ping = spawn('ip', ['netns', 'exec', namespace.name, 'ping', '-qi0.2', '127.0.0.1']);
      const { stdout } = await watch.finally(() => ping.kill());
      const [device] = (JSON.parse(stdout) as TopReport).devices;
      assert.equal(device?.mode, 'generic');
      const packets = device?.total.packets ?? 0;
      assert.ok(packets >= 2 && packets <= 24, `${packets} packets`);
      assert.equal(device?.total.bytes, packets * 98);
    } finally {
      await namespace.close();
    }
  });

  test('ends with 2 and the devices there are when none is named, and with 1 when one is missing', async () => {
    const none = await top('--netns', lab.rx.netns);
    assert.equal(none.code, 2);
    assert.match(none.stderr, /demo0 +veth +native,generic/);
    const missing = await top('--netns', lab.rx.netns, '--device', 'demo1');
    assert.equal(missing.code, 1);
    assert.match(missing.stderr, /find device "demo1": no such device; did you mean "demo0"\?/);
  });

  test('refuses numbers that mean nothing', async () => {
    const ended = await top('--device', 'lo', '--interval', 'soon');
    assert.equal(ended.code, 2);
    assert.match(ended.stderr, /read --interval "soon": not a number of seconds from 0.1 to 3600/);
  });
});
