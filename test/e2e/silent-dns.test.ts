// SPDX-License-Identifier: Apache-2.0
// A name server that never answers holds up neither the end of the exporter nor a second signal.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { skipUnlessRoot } from '../kernel/support/root.ts';
import { ExporterProcess } from './support/exporter-process.ts';
import { until } from './support/namespace.ts';

/** Ends by itself, since the exporter takes the place of the shell that started it. */
const SILENT_SERVER =
  'require("node:dgram").createSocket("udp4").bind(53, "127.0.0.1"); setTimeout(process.exit, 20_000)';

describe('with DNS that does not answer', { skip: skipUnlessRoot }, () => {
  let folder: string;
  let exporter: ExporterProcess;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'xdp-dns-'));
    writeFileSync(join(folder, 'resolv.conf'), 'nameserver 127.0.0.1\n');
  });
  after(() => rmSync(folder, { recursive: true, force: true }));
  beforeEach(async () => {
    const script = [
      'ip link set lo up',
      `mount --bind ${join(folder, 'resolv.conf')} /etc/resolv.conf`,
      `"$1" --eval '${SILENT_SERVER}' >/dev/null 2>&1 & sleep 0.5`,
      'exec "$@"',
    ].join('\n');
    exporter = await ExporterProcess.start(
      ['--device', 'lo', '--otlp.endpoint', 'http://collector.example:4318'],
      {
        env: { OTEL_METRIC_EXPORT_INTERVAL: '300' },
        wrapper: ['unshare', '--net', '--mount', 'bash', '-c', script, 'bash'],
      },
    );
    await until('a push fails', () => /no answer within/.test(exporter.log));
  });
  afterEach(() => exporter?.close());

  test('a signal ends it within 5 s', async () => {
    const startMs = performance.now();
    assert.deepEqual(await exporter.kill('SIGTERM'), { code: 0, signal: null });
    assert.ok(performance.now() - startMs < 5_000);
  });

  test('a second signal ends it at once', async () => {
    process.kill(exporter.pid, 'SIGTERM');
    await until('it stops', () => /msg=stopping/.test(exporter.log));
    const startMs = performance.now();
    assert.deepEqual(await exporter.kill('SIGTERM'), { code: 143, signal: null });
    assert.ok(performance.now() - startMs < 1_000);
  });
});
