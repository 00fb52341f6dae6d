// SPDX-License-Identifier: Apache-2.0
// A CPU that sends, though the list of online CPUs that a container is shown does not have it.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { startGenerator } from '../../src/demo/generator-process.ts';
import { createLab, type Lab } from '../../src/demo/lab.ts';
import { skipUnlessRoot } from '../kernel/support/root.ts';
import { ExporterProcess, runMain } from './support/exporter-process.ts';
import { sumOf } from './support/exposition.ts';
import { until } from './support/namespace.ts';
import { atRest } from './support/outcomes.ts';

const ONLINE = '/sys/devices/system/cpu/online';

const POSSIBLE = '/sys/devices/system/cpu/possible';

describe('a CPU that is not listed as online', { skip: skipUnlessRoot }, () => {
  let lab: Lab;
  let folder: string;
  let exporter: ExporterProcess | undefined;

  beforeEach(async () => {
    lab = await createLab({ name: 'unlisted' });
    folder = mkdtempSync(join(tmpdir(), 'xdp-online-'));
  });
  afterEach(async () => {
    await exporter?.close();
    exporter = undefined;
    await lab.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('must be listed as possible, or nothing is attached: exit 2 and one line', async () => {
    const list = join(folder, 'possible');
    writeFileSync(list, '0\n');
    const script = `mount --bind ${list} ${POSSIBLE} && exec "$@"`;
    const { code, stderr } = await runMain(
      ['run', '--netns', lab.rx.netns, '--device', lab.rx.device],
      { wrapper: ['unshare', '--mount', 'sh', '-c', script, 'sh'] },
    );
    assert.equal(code, 2);
    assert.match(
      stderr,
      /^xdp-exporter: read list of possible CPUs: it has 1, but the kernel counts for \d+; .*$/m,
    );
  });

  for (const { shown, logger } of [
    { shown: '1\n', logger: 'on' },
    { shown: 'nothing that is a list\n', logger: 'on' },
    { shown: '1\n', logger: 'off' },
  ]) {
    const what = `where the list says ${JSON.stringify(shown)} and the logger is ${logger}`;
    test(`has its ring and its series ${what}`, async () => {
      const list = join(folder, 'online');
      writeFileSync(list, shown);
      const script = `mount --bind ${list} ${ONLINE} && exec "$@"`;
      exporter = await ExporterProcess.start(
        ['--netns', lab.rx.netns, '--device', lab.rx.device, '--logger', logger],
        { wrapper: ['unshare', '--mount', 'sh', '-c', script, 'sh'] },
      );
      const running = exporter;
      const send = async () =>
        (await startGenerator({ ...lab.tx, frames: 10_000, rate: 50_000, cpu: 0 }).done).sent;
      await running.scrape();
      let sent = await send();
      await running.scrape();
      sent += await send();
      await until('the CPU is shown', async () => {
        const samples = await running.scrape();
        return sumOf(samples, 'xdp_cpu_packets_total', { cpu: '0' }) === sent;
      });
      if (logger === 'on') {
        const { decoded, noRing } = await atRest(running, sent);
        assert.equal(decoded + noRing, sent);
        // A ring that came only with the next look at the CPUs would have found no packet any more.
        assert.ok(noRing < sent / 2, `${noRing} packets without a ring`);
        assert.ok(((await running.scrape()).get('xdp_ring_size_bytes{cpu="0"}') ?? 0) > 0);
      }
    });
  }
});
