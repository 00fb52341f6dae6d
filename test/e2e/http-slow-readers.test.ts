// SPDX-License-Identifier: Apache-2.0
// Clients that take all day to read what they asked for, where the kernel holds less of it for them than there is.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { skipUnlessRoot } from '../kernel/support/root.ts';
import { ExporterProcess } from './support/exporter-process.ts';
import { createNamespace, type Namespace, run } from './support/namespace.ts';
import { SLOW_READERS, type SlowReading } from './support/slow-readers.ts';

const execFileAsync = promisify(execFile);

/** What two sockets of a connection hold between them in the namespace, with room to spare: it was 5 to 15 KB. */
const BUFFERED_BYTES = 16_000;

describe('an exporter whose clients read slowly', { skip: skipUnlessRoot }, () => {
  let namespace: Namespace;
  let exporter: ExporterProcess | undefined;
  let inside: readonly string[];

  before(async () => {
    namespace = await createNamespace();
    inside = ['nsenter', `--net=/run/netns/${namespace.name}`];
    const [command = '', ...enter] = inside;
    for (const buffer of ['tcp_wmem', 'tcp_rmem']) {
      await run(command, ...enter, 'sysctl', '-qw', `net.ipv4.${buffer}=4096 4096 4096`);
    }
    for (let pair = 0; pair < 4; pair++) {
      const [one, other] = [`v${2 * pair + 2}`, `v${2 * pair + 3}`];
      await namespace.ip('link', 'add', one, 'up', 'type', 'veth', 'peer', 'name', other);
      await namespace.ip('link', 'set', other, 'up');
    }
    exporter = await ExporterProcess.start(['--device', 'v*'], { wrapper: inside });
  });
  after(async () => {
    await exporter?.close();
    await namespace?.close();
  });

  test('ends after 10 s the connection of one that reads a byte a second, and answers others all along', async () => {
    const [command = '', ...enter] = inside;
    const script = [process.execPath, SLOW_READERS, exporter?.url ?? ''];
    const { stdout: output } = await execFileAsync(command, [...enter, ...script], {
      timeout: 30_000,
    });
    const { answerBytes, closedMs, scrapesMs, failures } = JSON.parse(output) as SlowReading;
    assert.ok(answerBytes > BUFFERED_BYTES, `${answerBytes} bytes may fit the buffers`);
    assert.equal(closedMs.length, 3, output);
    for (const ms of closedMs) {
      assert.ok(ms > 9_000 && ms < 14_000, `closed after ${ms} ms`);
    }
    assert.equal(failures, 0);
    assert.ok(scrapesMs.length > 10, output);
    assert.ok(Math.max(...scrapesMs) < 2_000, `a scrape took ${Math.max(...scrapesMs)} ms`);
  });
});
