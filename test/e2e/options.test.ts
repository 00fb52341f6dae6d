// SPDX-License-Identifier: Apache-2.0
// The real binary with options from words, variables and a file, and what signals make of them.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { skipUnlessRoot } from '../kernel/support/root.ts';
import { ExporterProcess, MAIN, runMain } from './support/exporter-process.ts';
import { upOf } from './support/exposition.ts';
import { createNamespace, type Namespace, until } from './support/namespace.ts';

describe('options', { skip: skipUnlessRoot }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'xdp-options-'));
  const path = join(folder, 'exporter.yaml');
  let namespace: Namespace;
  before(async () => {
    namespace = await createNamespace();
  });
  after(async () => {
    rmSync(folder, { recursive: true });
    await namespace?.close();
  });

  const isAttached = async (device: string) => (await namespace.xdpProgramId(device)) !== undefined;

  test('are checked without attaching: 0 and 2', async () => {
    const args = ['--config.file', path, '--config.check'];
    writeFileSync(path, `device: v0\nnetns: ${namespace.name}\n`);
    const good = await runMain(args);
    assert.deepEqual(good, {
      code: 0,
      signal: null,
      stdout: 'the configuration is valid\n',
      stderr: '',
    });
    writeFileSync(path, `device: v0\nnetns: ${namespace.name}\nlog.levle: debug\n`);
    const bad = await runMain(args);
    assert.equal(bad.code, 2);
    assert.equal(
      bad.stderr,
      `xdp-exporter: read ${path}:3 "log.levle": no option of run has that name; did you mean "log.level"?\n`,
    );
    assert.equal(await isAttached('v0'), false);
  });

  test('name where strict came from, and no flag that nobody gave', async () => {
    writeFileSync(path, 'web.listen-address: 127.0.0.1:0\nstrict: true\n');
    const missing = ['--netns', namespace.name, '--device', 'v7'];
    const byFile = await runMain([...missing, '--config.file', path]);
    assert.equal(byFile.code, 1);
    assert.match(
      byFile.stderr,
      /no such device; did you mean "v[01]"\? \(.*exporter\.yaml:2 strict\)\n/,
    );
    const variables = { XDP_EXPORTER_STRICT: '1', XDP_EXPORTER_WEB_LISTEN_ADDRESS: '127.0.0.1:0' };
    const byVariable = await runMain(missing, { env: variables });
    assert.match(byVariable.stderr, /\(XDP_EXPORTER_STRICT\)\n/);
    const viewer = await runMain(['top', 'v7', '--netns', namespace.name]);
    assert.equal(viewer.code, 1);
    assert.doesNotMatch(viewer.stderr, /strict/);
  });

  test('of devices list them with driver, modes and occupant, as text and as JSON', async () => {
    const text = await runMain(['devices', '--netns', namespace.name]);
    assert.equal(text.code, 0);
    assert.match(text.stdout, /^DEVICE +DRIVER +XDP MODES +ATTACHED\n/);
    assert.match(text.stdout, /^v0 +veth +native,generic +-$/m);
    const exporter = await ExporterProcess.start(['--netns', namespace.name, '--device', 'v0']);
    try {
      const json = await runMain(['devices', '--netns', namespace.name, '-o', 'json']);
      const devices = json.stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line));
      const [device] = devices.filter((candidate) => candidate.device === 'v0');
      assert.match(device.occupant, /^xdp_exporter \(id \d+\)$/);
      assert.deepEqual([device.driver, device.native], ['veth', true]);
    } finally {
      await exporter.close();
    }
  });

  test('from the file are read again at SIGHUP, and a bad file changes nothing', async () => {
    writeFileSync(path, 'device: v0\n');
    const args = ['--netns', namespace.name, '--config.file', path];
    const exporter = await ExporterProcess.start(args);
    const hangUp = async (file: string, line: RegExp) => {
      writeFileSync(path, file);
      process.kill(exporter.pid, 'SIGHUP');
      await until(`it logs ${line}`, () => line.test(exporter.log));
    };
    try {
      await hangUp(
        'device: v1\ntop.sources: 3\n',
        /changed option needs a restart" option=top\.sources/,
      );
      assert.match(
        exporter.log,
        /msg="reloaded option" option=device origin=".*exporter\.yaml:1 device"/,
      );
      await until('v0 is free', async () => !(await isAttached('v0')));
      assert.equal(await isAttached('v1'), true);
      assert.equal(upOf(await exporter.scrape(), 'v1'), 1);
      await hangUp(
        'device: v0\nlog.level: loud\n',
        /level=warn msg="reload configuration: .*loud.*; no option was changed"/,
      );
      assert.equal(await isAttached('v1'), true);
      await hangUp('device: v1\nlog.level: debug\nlog.format: json\n', /"option":"log\.format"/);
      assert.deepEqual(await exporter.kill('SIGTERM'), { code: 0, signal: null });
      assert.equal(await isAttached('v1'), false);
    } finally {
      await exporter.close();
    }
  });

  for (const command of ['top', 'log']) {
    for (const signal of ['SIGHUP', 'SIGQUIT'] as const) {
      test(`${command} takes a device by name alone, and ends on ${signal} as on Ctrl-C`, async () => {
        const viewer = view(command, 'v0', '--netns', namespace.name);
        try {
          await until('v0 is taken', () => isAttached('v0'));
          // Two tables, or time enough for the log to have its rings.
          await until(
            'it runs',
            () => command === 'log' || viewer.output().split('v0 ').length > 1,
          );
          viewer.child.kill(signal);
          const [code] = await once(viewer.child, 'exit');
          assert.equal(code, 0, viewer.output());
          assert.equal(await isAttached('v0'), false);
        } finally {
          viewer.child.kill('SIGKILL');
        }
      });
    }
  }
});

function view(...args: string[]): { child: ChildProcess; output: () => string } {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk) => {
      output += chunk;
    });
  }
  return { child, output: () => output };
}
