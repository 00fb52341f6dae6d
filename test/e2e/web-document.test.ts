// SPDX-License-Identifier: Apache-2.0
// Types in what docs/web-config.md says, word for word, in a folder that stands for /etc.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { skipUnlessRoot } from '../kernel/support/root.ts';
import { MAIN } from './support/exporter-process.ts';
import { createNamespace, type Namespace, until } from './support/namespace.ts';

const DOCUMENT = readFileSync(new URL('../../../docs/web-config.md', import.meta.url), 'utf8');
const blocksOf = (language: string) =>
  [...DOCUMENT.matchAll(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 'gs'))].map(
    ([, text = '']) => text,
  );
const PASSWORD = 'a password';

describe('docs/web-config.md', { skip: skipUnlessRoot }, () => {
  let folder: string;
  let namespace: Namespace;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'xdp-web-document-'));
    mkdirSync(join(folder, 'bin'));
    const command = join(folder, 'bin', 'xdp-exporter');
    writeFileSync(command, `#!/bin/sh\nexec "${process.execPath}" "${MAIN}" "$@"\n`);
    chmodSync(command, 0o755);
    namespace = await createNamespace();
    await namespace.ip('link', 'set', 'v0', 'down');
    await namespace.ip('link', 'set', 'v0', 'name', 'eth0', 'up');
  });
  after(async () => {
    await namespace?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** In the namespace, with the folder in the place of /etc. */
  function type(command: string): ChildProcess {
    const here = command.replaceAll('/etc/', `${folder}/`);
    const env = {
      ...process.env,
      PATH: `${folder}/bin:${process.env['PATH']}`,
      XDP_EXPORTER_CONTROL_SOCKET: 'off',
    };
    const inside = [`--net=/run/netns/${namespace.name}`, 'bash', '-c', here];
    return spawn('nsenter', inside, { env, detached: true, stdio: ['pipe', 'pipe', 'inherit'] });
  }

  async function outputOf(command: string, input = ''): Promise<string> {
    const child = type(command);
    let output = '';
    child.stdout?.on('data', (text) => {
      output += text;
    });
    // One that reads no input may have ended by now.
    child.stdin?.on('error', () => {}).end(input);
    const [code] = await once(child, 'close');
    assert.equal(code, 0, `${command}: ${output}`);
    return output;
  }

  test('leads to an exporter that serves HTTPS to who knows the password', async () => {
    const [make = '', hash = '', check = '', start = '', ask = '', ...others] = blocksOf('sh');
    assert.deepEqual(others, []);
    await outputOf(make);
    // It would ask the terminal.
    const line = await outputOf(hash.replace('-nBC', '-niBC'), PASSWORD);
    const [example = ''] = blocksOf('yaml');
    const path = join(folder, 'xdp-exporter', 'web.yml');
    writeFileSync(
      path,
      example.replace(/\$2y.*/, () => line.trim().replace('prometheus:', '')),
    );
    assert.equal(await outputOf(check), 'the web configuration is valid\n');
    const exporter = type(start);
    try {
      const asked = ask
        .replace('curl', 'curl -sS')
        .replace('--user prometheus', `--user "prometheus:${PASSWORD}"`);
      let metrics = '';
      await until(
        'it answers',
        async () => {
          metrics = await outputOf(asked).catch(() => '');
          return metrics !== '';
        },
        30,
      );
      assert.match(metrics, /^xdp_device_up\{device="eth0"\} 1$/m);
      assert.match(
        metrics,
        /^xdp_exporter_file_last_reload_successful{file="web.config.file"} 1$/m,
      );
      const wrong = asked.replace(PASSWORD, 'another').replace('-sS', '-sS -w %{http_code}');
      assert.equal(await outputOf(wrong), 'unauthorized\n401');
    } finally {
      process.kill(-(exporter.pid ?? 0), 'SIGTERM');
      await once(exporter, 'close');
    }
  });
});
