// SPDX-License-Identifier: Apache-2.0
// From inside the wire's confinement, and where its files lie out of another user's reach.
import assert from 'node:assert/strict';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { decodeFrames } from '../../src/border/frames.ts';
import { ListeningSocket } from '../../src/kernel/listening-socket.ts';
import { spawnWire } from '../../src/supervisor/wire-process.ts';
import { skipUnlessRoot } from '../kernel/support/root.ts';
import { ExporterProcess, runMain } from './support/exporter-process.ts';
import { sumOf } from './support/exposition.ts';

const PROBE = fileURLToPath(new URL('./support/confined.js', import.meta.url));
const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** Folders of the packages that the product needs, but for those within others. */
function modules(): string[] {
  const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'));
  return Object.entries<{ readonly dev?: boolean }>(packages)
    .filter(([path, { dev = false }]) => /^node_modules\/(@[^/]+\/)?[^/]+$/.test(path) && !dev)
    .map(([path]) => path)
    .filter((path) => existsSync(join(ROOT, path)));
}

interface Findings {
  readonly outcomes: Readonly<Record<string, string>>;
  readonly environment: readonly string[];
}

describe('the confinement of the wire', { skip: skipUnlessRoot }, () => {
  const folders: string[] = [];
  after(() => {
    for (const folder of folders) {
      rmSync(folder, { recursive: true });
    }
  });

  /** The product where nobody but root may look, as in root's home. */
  function closedCopy(): string {
    // mkdtemp makes it with mode 0700.
    const home = mkdtempSync(join(tmpdir(), 'xdp-closed-'));
    folders.push(home);
    const folder = join(home, 'package');
    mkdirSync(folder);
    // Copies, not links: the clone itself may be where the other user cannot look.
    for (const part of ['dist/src', 'dist/bpf', 'package.json', ...modules()]) {
      cpSync(join(ROOT, part), join(folder, part), { recursive: true });
    }
    return folder;
  }

  test('nothing that the wire must not do can be done from inside', async () => {
    process.env['NOTIFY_SOCKET'] = '/run/notify';
    process.env['NODE_OPTIONS'] = '--max-old-space-size=96 --allow-child-process';
    process.env['OTEL_SERVICE_NAME'] = 'x';
    const socket = await ListeningSocket.open('127.0.0.1', 0);
    const isolation = 'user';
    const wire = spawnWire({ entry: PROBE, isolation, sockets: [socket.fd] });
    delete process.env['NODE_OPTIONS'];
    delete process.env['NOTIFY_SOCKET'];
    const frames = decodeFrames(wire.channel, 65_536);
    const { value } = await frames.next();
    const { outcomes, environment } = (value ?? assert.fail(await wire.ended)) as Findings;
    wire.kill();
    assert.match(await wire.ended, /^SIGKILL/);
    socket.close();
    assert.deepEqual(outcomes, {
      'read a file': 'ERR_ACCESS_DENIED',
      'read its own environment': 'ERR_ACCESS_DENIED',
      "read the engine's memory": 'ERR_ACCESS_DENIED',
      'read the devices': 'ERR_ACCESS_DENIED',
      'write a file': 'ERR_ACCESS_DENIED',
      'start a process': 'ERR_ACCESS_DENIED',
      'start a thread': 'ERR_ACCESS_DENIED',
      'load native code': 'ERR_DLOPEN_DISABLED',
      'load any addon': 'ERR_DLOPEN_DISABLED',
      "reach Node's bindings": 'ERR_ACCESS_DENIED',
      'become root': 'EPERM',
      'signal the engine': 'EPERM',
      'open a debugger': 'ERR_ACCESS_DENIED',
    });
    assert.equal(existsSync('/tmp/xdp-wire-was-here'), false);
    assert.ok(environment.includes('OTEL_SERVICE_NAME'));
    assert.ok(!environment.includes('NOTIFY_SOCKET') && !environment.includes('PATH'));
  });

  test('it works from a folder that only root may enter', async (context) => {
    const main = join(closedCopy(), 'dist/src/main.js');
    const exporter = await ExporterProcess.start(['--device', 'none-such'], { main });
    context.after(() => exporter.close());
    const samples = await exporter.scrape();
    assert.equal(sumOf(samples, 'xdp_exporter_wire_info', { isolation: 'user' }), 1);
    assert.match(await exporter.get('/live/page/uplot.js'), /export \{ uPlot as default \}/);
    assert.deepEqual(await exporter.kill('SIGTERM'), { code: 0, signal: null });
  });

  test('where its files are closed to the other user, it runs on as root and says so', async (context) => {
    const folder = closedCopy();
    chmodSync(join(folder, 'dist/src/wire'), 0o700);
    const main = join(folder, 'dist/src/main.js');
    const exporter = await ExporterProcess.start(['--device', 'none-such'], { main });
    context.after(() => exporter.close());
    const samples = await exporter.scrape();
    assert.equal(sumOf(samples, 'xdp_exporter_wire_info', { isolation: 'none' }), 1);
    assert.match(exporter.log, /level=warn .*keeps the privileges of this user.* reason=/);
    assert.deepEqual(await exporter.kill('SIGTERM'), { code: 0, signal: null });
  });

  test('where it cannot start at all, the exporter says why and exits 1', async () => {
    const folder = closedCopy();
    rmSync(join(folder, 'dist/src/wire/serve.js'));
    const { code, stderr } = await runMain(
      ['run', '--device', 'none-such', '--web.listen-address', '127.0.0.1:0'],
      { main: join(folder, 'dist/src/main.js') },
    );
    assert.equal(code, 1);
    assert.match(
      stderr,
      /^xdp-exporter: run wire process: exit code 1: .*Cannot find module .*serve\.js/m,
    );
  });
});
