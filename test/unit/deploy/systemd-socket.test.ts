// SPDX-License-Identifier: Apache-2.0
// The socket unit, and the settings by which the service takes its port.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parseCommandLine } from '../../../src/cli/command-line.ts';
import { optionsOf } from '../../../src/options/commands.ts';
import { readWebConfig } from '../../../src/options/settings.ts';

const read = (path: string) =>
  readFileSync(new URL(`../../../../${path}`, import.meta.url), 'utf8');
const SOCKET = read('deploy/systemd/xdp-exporter.socket');
const UNIT = read('deploy/systemd/xdp-exporter.service');
/** What the documents tell to enter. */
const SETTINGS = ['docs/systemd.md', 'docs/web-config.md'].flatMap((name) =>
  [...read(name).matchAll(/```ini\n(.*?)```/gs)].map(([, text = '']) => text),
);

const NO_ANALYZER = spawnSync('systemd-analyze', ['--version']).error !== undefined;

describe('the socket unit', () => {
  it('listens where the exporter does by default', () => {
    const [, address] = /^ListenStream=(.*)$/m.exec(SOCKET) ?? [];
    assert.equal(address, optionsOf('run')['web.listen-address']?.default);
  });

  it('holds nothing that systemd does not know, and neither do the settings in the documents', {
    skip: NO_ANALYZER && 'needs systemd-analyze',
  }, () => {
    assert.ok(SETTINGS.length >= 5);
    const folder = mkdtempSync(join(tmpdir(), 'xdp-socket-'));
    const unit = join(folder, 'xdp-exporter.service');
    writeFileSync(unit, UNIT.replace('ExecStart=xdp-exporter', `ExecStart=${process.execPath}`));
    writeFileSync(join(folder, 'xdp-exporter.socket'), SOCKET);
    mkdirSync(`${unit}.d`);
    for (const [index, settings] of SETTINGS.entries()) {
      writeFileSync(join(`${unit}.d`, `${index}.conf`), settings);
    }
    const args = ['verify', '--man=no', unit, join(folder, 'xdp-exporter.socket')];
    const { stdout, stderr } = spawnSync('systemd-analyze', args, { encoding: 'utf8' });
    rmSync(folder, { recursive: true });
    assert.equal(`${stdout}${stderr}`, '');
  });

  it('is what the documented variable asks for', async () => {
    const text = SETTINGS.find((settings) => settings.includes('Sockets=')) ?? '';
    const [, name = '', value = ''] = /^Environment=(\w+)=(.*)$/m.exec(text) ?? [];
    const line = await parseCommandLine(['run'], { [name]: value }, '1');
    assert.ok(line?.command === 'run');
    assert.equal(readWebConfig(line.values, line.originOf).systemdSocket, true);
  });
});
