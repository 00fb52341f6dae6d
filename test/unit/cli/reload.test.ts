// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { createReload } from '../../../src/cli/reload.ts';
import { optionsOf, type Values } from '../../../src/options/commands.ts';
import { FakeLog } from '../fake-log.ts';
import { parse } from './context.ts';

const folder = mkdtempSync(join(tmpdir(), 'xdp-reload-'));
const path = join(folder, 'exporter.yaml');
after(() => rmSync(folder, { recursive: true }));

/** A run that was started with a file, and what SIGHUP then does. */
async function started(file: string) {
  writeFileSync(path, file);
  const log = new FakeLog();
  const applied: { log: Values<'run'>[]; devices: Values<'run'>[] } = { log: [], devices: [] };
  let rereads = 0;
  const line = await parse<'run'>(['run', '--config.file', path, '--max-devices=9']);
  const reload = createReload(line.values, {
    log: log.log,
    reread() {
      rereads++;
      return line.reread();
    },
    apply: {
      log: (values) => applied.log.push(values),
      devices: (values) => applied.devices.push(values),
    },
  });
  const settle = async (ready: () => boolean) => {
    while (!ready()) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return {
    log,
    applied,
    rereads: () => rereads,
    reload,
    /** Until the log has as many new lines. */
    async hangUp(contents: string, lines = 1) {
      writeFileSync(path, contents);
      const before = log.records.length;
      reload();
      await settle(() => log.records.length >= before + lines);
      return log.records.slice(before).map(({ level, message, fields }) => {
        return [level, message, ...Object.values(fields)].join(' ');
      });
    },
  };
}

describe('a reload', { timeout: 10_000 }, () => {
  it('applies log.level and log.format', async () => {
    const { hangUp, applied } = await started('device: eth0\n');
    const lines = await hangUp('device: eth0\nlog.level: debug\nlog.format: json\n', 2);
    assert.deepEqual(lines, [
      `info reloaded option log.level ${path}:2 log.level`,
      `info reloaded option log.format ${path}:3 log.format`,
    ]);
    assert.equal(applied.log.at(-1)?.['log.level'], 'debug');
    assert.deepEqual(applied.devices, []);
  });

  it('applies another choice of devices', async () => {
    const { hangUp, applied } = await started('device: eth0\n');
    const lines = await hangUp('device: [eth0, eth1]\ndevice-exclude: eth2\n', 2);
    assert.deepEqual(lines, [
      `info reloaded option device ${path}:1 device`,
      `info reloaded option device-exclude ${path}:2 device-exclude`,
    ]);
    assert.deepEqual(applied.devices.at(-1)?.device, ['eth0', 'eth1']);
  });

  it('says of each other option that it waits, at every reload, and leaves it as it is', async () => {
    const { hangUp, applied } = await started('device: eth0\n');
    const file = 'device: eth0\ntop.sources: 3\nstrict: true\n';
    const expected = [
      `warn changed option needs a restart strict ${path}:3 strict`,
      `warn changed option needs a restart top.sources ${path}:2 top.sources`,
    ];
    assert.deepEqual(await hangUp(file, 2), expected);
    assert.deepEqual(await hangUp(file, 2), expected);
    assert.equal(applied.log.at(-1)?.['top.sources'], 20);
  });

  it('says that an option is back at its default', async () => {
    const { hangUp, applied } = await started('device: eth0\nlog.level: debug\n');
    assert.deepEqual(await hangUp('device: eth0\n'), [
      'info reloaded option log.level default of log.level',
    ]);
    assert.equal(applied.log.at(-1)?.['log.level'], 'info');
  });

  it('says that nothing has changed', async () => {
    const { hangUp } = await started('device: eth0\n');
    assert.deepEqual(await hangUp('# the same\ndevice: eth0\nmax-devices: 7\n'), [
      'info reloaded configuration: no option has changed',
    ]);
  });

  for (const [what, file, reason] of [
    [
      'has an unknown key',
      'device: eth1\nlog.levle: x\n',
      /:2 "log\.levle": no option .*; no option was changed/,
    ],
    ['has a bad value', 'device: eth1\nlog.level: x\n', /:2 log\.level "x": not one of/],
    ['is no YAML', 'device: [', /exporter\.yaml:1: /],
    ['chooses no device', 'log.level: debug\n', /choose devices: none given/],
  ] as const) {
    it(`is one warning and changes nothing where the file ${what}`, async () => {
      const { hangUp, applied, log } = await started('device: eth0\n');
      await hangUp(file);
      assert.equal(log.records.length, 1);
      assert.match(log.at('warn')[0] ?? '', reason);
      assert.match(log.at('warn')[0] ?? '', /^reload configuration: .*; no option was changed$/);
      assert.deepEqual(applied, { log: [], devices: [] });
    });
  }

  it('is one more, however often it is asked for while one is under way', async () => {
    const { reload, rereads, hangUp } = await started('device: eth0\n');
    for (let times = 0; times < 10; times++) {
      reload();
    }
    await hangUp('device: eth0\n', 2);
    assert.equal(rereads(), 2);
  });

  it('applies what the schema says that it does', () => {
    const reloading = Object.entries(optionsOf('run')).filter(([, { reloads }]) => reloads);
    assert.deepEqual(
      reloading.map(([name]) => name),
      ['device', 'device-exclude', 'device-default-route', 'log.level', 'log.format'],
    );
  });
});
