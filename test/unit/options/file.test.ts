// SPDX-License-Identifier: Apache-2.0
// Files that are no configuration: each is refused in bounded time and memory.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { readFile } from '../../../src/options/file.ts';

describe('readFile', { timeout: 10_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'xdp-options-'));
  const path = join(folder, 'exporter.yaml');
  after(() => rmSync(folder, { recursive: true }));
  const read = (contents: string | Buffer) => {
    writeFileSync(path, contents);
    return readFile(path, '--config.file');
  };

  it('gives each text the line that it came from', async () => {
    const givens = await read('# a comment\nlog.level: debug\n\ndevice:\n  - eth0\n  - eth1\n');
    assert.deepEqual(Object.fromEntries(givens), {
      'log.level': [{ text: 'debug', origin: `${path}:2 log.level` }],
      device: [
        { text: 'eth0', origin: `${path}:5 device` },
        { text: 'eth1', origin: `${path}:6 device` },
      ],
    });
  });

  it('takes a byte order mark and CR LF', async () => {
    const givens = await read('\ufefflog.level: debug\r\nstrict: true\r\n');
    assert.deepEqual([...givens.keys()], ['log.level', 'strict']);
  });

  it('refuses what is larger than a configuration', async () => {
    await assert.rejects(read('#'.repeat(1024 * 1024 + 1)), {
      message: `read --config.file "${path}": 1048577 bytes; at most 1048576 are read; name one that the exporter may read`,
    });
  });

  it('refuses a FIFO at once', async () => {
    const fifo = join(folder, 'fifo');
    execFileSync('mkfifo', [fifo]);
    await assert.rejects(readFile(fifo, '--config.file'), /: not a regular file; name one/);
  });

  it('refuses bytes that are no UTF-8', async () => {
    await assert.rejects(
      read(Buffer.from([0x61, 0xff])),
      /exporter\.yaml": not UTF-8; save it as UTF-8$/,
    );
  });

  it('refuses aliases, tags and a second document', async () => {
    await assert.rejects(
      read('device: &a eth0\ndevice-exclude: *a\n'),
      /:2 device-exclude: not a single/,
    );
    await assert.rejects(read('device: !!binary aGk=\n'), /exporter\.yaml:1 device: not a single/);
    await assert.rejects(read('log.level: info\n---\nlog.level: debug\n'), /exporter\.yaml:2: /);
  });
});
