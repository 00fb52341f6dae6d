// SPDX-License-Identifier: Apache-2.0
// What the command line answers by itself, and what it reads again; see test/unit/options for what it takes.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it, type TestContext } from 'node:test';
import { parseCommandLine } from '../../../src/cli/command-line.ts';
import { COMMANDS, isCommand, optionsOf } from '../../../src/options/commands.ts';
import { parse } from './context.ts';

/** Standard output of yargs, which writes by console.log. */
async function outputOf(t: TestContext, argv: readonly string[]): Promise<string> {
  const log = t.mock.method(console, 'log', () => {});
  assert.equal(await parseCommandLine(argv, {}, '1.2.3'), undefined);
  log.mock.restore();
  return log.mock.calls.map((call) => call.arguments.join(' ')).join('\n');
}

describe('the help', () => {
  for (const command of Object.keys(COMMANDS).filter(isCommand)) {
    it(`of ${command} has every option, its group, and examples`, async (t) => {
      const help = await outputOf(t, [command, '--help']);
      for (const name of Object.keys(optionsOf(command))) {
        assert.match(help, new RegExp(`(^|\\s)--${name}\\s`));
      }
      const { groups, examples } = COMMANDS[command];
      for (const title of Object.keys(groups)) {
        assert.ok(help.includes(`\n${title}:\n`), title);
      }
      assert.ok(help.includes(`xdp-exporter ${Object.keys(examples)[0]}`));
    });
  }

  it('shows numbers as numbers with unit and bounds, choices, and examples', async (t) => {
    const help = (await outputOf(t, ['run', '-h'])).replaceAll(/\s+/g, ' ');
    assert.match(
      help,
      /Number of source addresses to track.* \(addresses, 1024 to 4194304\) \[number\] \[default: 65536\]/,
    );
    assert.match(help, /\[choices: "auto", "native", "generic"\] \[default: "auto"\]/);
    assert.match(help, /\(packets, 1 to 65536; such as 8\) \[number\]/);
    assert.match(help, /-i, --device .* \(such as eth\*\) \[array\]/);
  });

  it('without a command lists the commands, and says that variables and a file do as well', async (t) => {
    for (const argv of [['--help'], ['-h']]) {
      const help = await outputOf(t, argv);
      for (const command of Object.keys(COMMANDS)) {
        assert.match(help, new RegExp(`^ +xdp-exporter ${command} `, 'm'));
      }
      assert.match(help, /XDP_EXPORTER_LOG_LEVEL.*\n.*--config\.file/);
    }
  });
});

describe('the version', () => {
  it('is printed, whatever the command', async (t) => {
    for (const argv of [['--version'], ['-V'], ['top', '--version'], ['log', '-V']]) {
      assert.equal(await outputOf(t, argv), '1.2.3');
    }
  });
});

describe('parseCommandLine', () => {
  const folder = mkdtempSync(join(tmpdir(), 'xdp-cli-'));
  const path = join(folder, 'exporter.yaml');
  after(() => rmSync(folder, { recursive: true }));

  it('says where a value came from', async () => {
    writeFileSync(path, 'strict: true\nlog.level: debug\n');
    const argv = ['run', '-i', 'eth0', '--config.file', path];
    const { originOf } = await parse(argv, { XDP_EXPORTER_LOG_LEVEL: 'warn' });
    assert.deepEqual(['device', 'log.level', 'strict', 'logger'].map(originOf), [
      '-i',
      'XDP_EXPORTER_LOG_LEVEL',
      `${path}:1 strict`,
      undefined,
    ]);
  });

  it('reads the file again beside the same flags and variables', async () => {
    writeFileSync(path, 'log.level: debug\nlogger: off\n');
    const { values, reread } = await parse<'run'>(['run', '--config.file', path, '--logger=on']);
    assert.deepEqual([values['log.level'], values.logger], ['debug', 'on']);
    writeFileSync(path, 'log.level: warn\ntop.sources: 3\n');
    const again = (await reread()).values;
    assert.deepEqual([again['log.level'], again.logger, again['top.sources']], ['warn', 'on', 3]);
    writeFileSync(path, 'log.level: loud\n');
    await assert.rejects(reread(), { name: 'ConfigError', message: /:1 log\.level "loud": / });
  });
});
