// SPDX-License-Identifier: Apache-2.0
// Devices come, go, are taken and refuse while the exporter runs; what is not ours is never touched.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { skipUnlessRoot } from '../kernel/support/root.ts';
import { ExporterProcess, runMain } from './support/exporter-process.ts';
import { sumOf, upOf } from './support/exposition.ts';
import { createNamespace, type Namespace, run, until } from './support/namespace.ts';

const FOREIGN = join(fileURLToPath(new URL('../bpf/', import.meta.url)), 'empty.bpf.o');

describe('a running exporter', { skip: skipUnlessRoot }, () => {
  let namespace: Namespace;
  let exporter: ExporterProcess | undefined;

  beforeEach(async () => {
    namespace = await createNamespace();
  });
  afterEach(async () => {
    await exporter?.close();
    exporter = undefined;
    await namespace.close();
  });

  async function start(...args: string[]): Promise<ExporterProcess> {
    exporter = await ExporterProcess.start(['--netns', namespace.name, ...args]);
    return exporter;
  }

  const up = async (device: string) => exporter && upOf(await exporter.scrape(), device);

  test('detaches, closes and exits 0 within 2 s of SIGTERM and of SIGINT', async () => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      const running = await start('--device', 'v0');
      assert.notEqual(await namespace.xdpProgramId('v0'), undefined);
      const asked = Date.now();
      const ended = await running.kill(signal);
      assert.deepEqual(ended, { code: 0, signal: null });
      assert.ok(Date.now() - asked < 2000);
      assert.equal(await namespace.xdpProgramId('v0'), undefined);
    }
  });

  test('ends at once on a second signal, whatever it still waits for', async () => {
    const silent = createServer(() => {}).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    try {
      const { port } = silent.address() as AddressInfo;
      const endpoint = ['--otlp.endpoint', `http://127.0.0.1:${port}`];
      const running = await start('--device', 'v0', ...endpoint);
      process.kill(running.pid, 'SIGTERM');
      await until('it stops', () => /msg=stopping/.test(running.log));
      const asked = Date.now();
      assert.deepEqual(await running.kill('SIGTERM'), { code: 143, signal: null });
      assert.ok(Date.now() - asked < 1000);
      assert.equal(await namespace.xdpProgramId('v0'), undefined);
    } finally {
      silent.close();
    }
  });

  test('is ready while a device is attached, and healthy all the time', async () => {
    const running = await start('--device', 'v0');
    assert.equal(await running.get('readyz'), 'ready\n');
    assert.equal(await running.get('healthz'), 'ok\n');
    await namespace.ip('link', 'del', 'v0');
    assert.match(await running.get('readyz'), /^not ready: no device is attached/);
    assert.equal(await running.get('healthz'), 'ok\n');
  });

  test('keeps the counters of a device that goes away, and goes on when it comes back', async () => {
    const running = await start('--device', 'v0');
    await namespace.ip('addr', 'add', '192.0.2.1/24', 'dev', 'v1');
    const ping = ['-c', '3', '-i', '0.1', '-W', '0.1', '192.0.2.2'];
    const probe = () =>
      run('ip', 'netns', 'exec', namespace.name, 'ping', ...ping).catch(() => undefined);
    await probe();
    const before = sumOf(await running.scrape(), 'xdp_packets_total', { device: 'v0' });
    assert.ok(before > 0);
    await namespace.ip('link', 'del', 'v0');
    await until('v0 is down', async () => (await up('v0')) === 0);
    assert.equal(sumOf(await running.scrape(), 'xdp_packets_total', { device: 'v0' }), before);
    await namespace.ip('link', 'add', 'v0', 'type', 'veth', 'peer', 'name', 'v1');
    await namespace.ip('link', 'set', 'v0', 'up');
    await namespace.ip('link', 'set', 'v1', 'up');
    await until('v0 is up', async () => (await up('v0')) === 1);
    await namespace.ip('addr', 'add', '192.0.2.1/24', 'dev', 'v1');
    await probe();
    assert.ok(sumOf(await running.scrape(), 'xdp_packets_total', { device: 'v0' }) > before);
    assert.match(running.log, /watch device \\"v0\\": the device has disappeared/);
  });

  test('leaves a program that is already there alone, and attaches when it has gone', async () => {
    await namespace.ip('link', 'set', 'dev', 'v0', 'xdp', 'obj', FOREIGN, 'sec', 'xdp');
    const foreign = await namespace.xdpProgramId('v0');
    const running = await start('--device', 'v0', '--device', 'v1', '--mode', 'attach');
    assert.equal(await up('v0'), 0);
    assert.equal(await up('v1'), 1);
    assert.match(
      running.log,
      /attach XDP to \\"v0\\": occupied by program \\"empty\\" \(id \d+, mode/,
    );
    assert.equal(await namespace.xdpProgramId('v0'), foreign);
    await namespace.ip('link', 'set', 'dev', 'v0', 'xdp', 'off');
    await until('v0 is up', async () => (await up('v0')) === 1);
  });

  test('with --strict ends with 1 rather than share a device, and the other program stays', async () => {
    await namespace.ip('link', 'set', 'dev', 'v0', 'xdp', 'obj', FOREIGN, 'sec', 'xdp');
    const foreign = await namespace.xdpProgramId('v0');
    const ended = await runMain([
      ...['--netns', namespace.name, '--device', 'v*'],
      ...['--mode', 'attach', '--strict'],
    ]);
    assert.equal(ended.code, 1);
    assert.match(ended.stderr, /occupied by program "empty"/);
    assert.equal(await namespace.xdpProgramId('v0'), foreign);
    assert.equal(await namespace.xdpProgramId('v1'), undefined);
  });

  test('says why a bridge cannot run native XDP, and counts there in generic mode when asked', async () => {
    await namespace.ip('link', 'add', 'br0', 'type', 'bridge');
    const native = await start('--device', 'br0', '--xdp-mode', 'native');
    assert.equal(await up('br0'), 0);
    assert.match(
      native.log,
      /mode native\): EOPNOTSUPP: driver \\"bridge\\" has no native XDP; try --xdp-mode generic/,
    );
    await native.close();
    const auto = await start('--device', 'br0');
    const info = [...(await auto.scrape()).keys()].find((name) => name.startsWith('xdp_program_'));
    assert.match(info ?? '', /device="br0".*mode="generic"/);
  });

  test('attaches once to a device that is given twice and matched by a glob', async () => {
    const running = await start('--device', 'v0', '--device', 'v0', '--device', '[v]0');
    const samples = await running.scrape();
    assert.equal(sumOf(samples, 'xdp_device_up'), 1);
    assert.equal(sumOf(samples, 'xdp_packets_total', { action: 'drop' }), 0);
  });

  test('serves on, without devices, while a glob matches nothing', async () => {
    const running = await start('--device', 'wlan*');
    assert.match(running.log, /no device matches \\"wlan\*\\"/);
    assert.match(await running.get('readyz'), /^not ready/);
    await namespace.ip('link', 'add', 'wlan0', 'type', 'veth', 'peer', 'name', 'peer0');
    await until('wlan0 is up', async () => (await up('wlan0')) === 1);
  });

  test('notices that its program was detached by force, and attaches again', async () => {
    const running = await start('--device', 'v0');
    const id = await namespace.xdpProgramId('v0');
    const links = JSON.parse(await run('bpftool', '--json', 'link', 'show'));
    const link = links.find((candidate: { prog_id: number }) => candidate.prog_id === id);
    await run('bpftool', 'link', 'detach', 'id', String(link.id));
    await until('v0 carries a new program', async () => {
      const now = await namespace.xdpProgramId('v0');
      return now !== undefined && now !== id;
    });
    assert.match(running.log, /the program was detached by another process/);
  });

  test('takes flags from the environment, and ignores variables that it does not know', async () => {
    exporter = await ExporterProcess.start([], {
      env: {
        XDP_EXPORTER_DEVICE: 'v0,v1',
        XDP_EXPORTER_NETNS: namespace.name,
        XDP_EXPORTER_PACKET_SIZES: 'false',
        XDP_EXPORTER_NO_SUCH_THING: '1',
      },
    });
    const samples = await exporter.scrape();
    assert.equal(sumOf(samples, 'xdp_device_up'), 2);
    assert.equal(samples.get('xdp_packet_size_bytes_count{device="v0"}'), undefined);
  });

  test('opens no debugger on SIGUSR1', async () => {
    const running = await start('--device', 'v0');
    process.kill(running.pid, 'SIGUSR1');
    await running.scrape();
    assert.doesNotMatch(running.log, /Debugger listening/);
  });
});
