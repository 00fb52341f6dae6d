// SPDX-License-Identifier: Apache-2.0
// Every mistake on a command line ends with exit code 2 and one line that names it.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseCommandLine } from '../../../src/cli/command-line.ts';
import type { Environment } from '../../../src/cli/environment.ts';
import { ConfigError, errorMessage, exitCodeOf } from '../../../src/errors.ts';

interface Mistake {
  readonly argv: readonly string[];
  readonly message: RegExp;
  readonly environment?: Environment;
}

function itRefuses({ argv, message, environment = {} }: Mistake): void {
  const what = [...argv, ...Object.entries(environment).map((entry) => entry.join('='))];
  it(`refuses ${what.join(' ')}`, async () => {
    await assert.rejects(parseCommandLine(argv, environment, '1.2.3'), (error) => {
      assert.match(errorMessage(error), message);
      assert.ok(error instanceof ConfigError, String(error));
      assert.equal(exitCodeOf(error), 2);
      assert.ok(!error.message.includes('\n'));
      return true;
    });
  });
}

describe('parseCommandLine, given an unknown flag', () => {
  const unknown = (flag: string, nearest: string) =>
    new RegExp(`^read command line: unknown flag "${flag}"; did you mean "${nearest}"\\?$`);
  const mistakes: readonly Mistake[] = [
    { argv: ['--devcie', 'eth0'], message: unknown('--devcie', '--device') },
    {
      argv: ['--web.listen-adress=:1'],
      message: unknown('--web.listen-adress', '--web.listen-address'),
    },
    {
      argv: ['--webListenAddress', ':1'],
      message: unknown('--webListenAddress', '--web.listen-address'),
    },
    { argv: ['--log.levels', 'x'], message: unknown('--log.levels', '--log.level') },
    { argv: ['--Device', 'x'], message: unknown('--Device', '--device') },
    { argv: ['top', '--outptu', 'json'], message: unknown('--outptu', '--output') },
    { argv: ['-x'], message: /unknown flag "-x"/ },
    { argv: ['-o', 'json'], message: /unknown flag "-o"/ },
    { argv: ['top', '--strict'], message: /unknown flag "--strict"/ },
    { argv: ['top', '--web.listen-address', ':1'], message: /unknown flag "--web.listen-address"/ },
    { argv: ['demo', '--device', 'eth0'], message: /unknown flag "--device"/ },
    { argv: ['--once'], message: /unknown flag "--once"/ },
    { argv: ['--no-such-flag'], message: /such-flag"/ },
    { argv: ['--__proto__', 'x'], message: /unknown flag/ },
    { argv: ['--toString'], message: /toString/ },
    { argv: ['--constructor=x'], message: /constructor/ },
  ];
  for (const mistake of mistakes) {
    itRefuses(mistake);
  }
});

describe('parseCommandLine, given a stray word', () => {
  const mistakes: readonly Mistake[] = [
    {
      argv: ['tpo'],
      message: /^read command line: unknown command "tpo"; did you mean "top"\?$/,
    },
    { argv: ['eth0'], message: /unknown command "eth0"/ },
    { argv: ['run', 'eth0'], message: /^read command line: .*"eth0"/ },
    { argv: ['--device', 'eth0', 'eth1'], message: /unknown command "eth1"/ },
    { argv: ['--strict', 'yes'], message: /unknown command "yes"/ },
    { argv: ['--', 'x'], message: /unknown command "x"/ },
    { argv: ['5'], message: /unknown command "5"/ },
    { argv: ['toString'], message: /unknown command "toString"/ },
    { argv: ['run', 'top'], message: /"top"/ },
    { argv: ['top', '--device', 'eth0', 'run'], message: /"run"/ },
    { argv: ['top', 'top'], message: /"top"/ },
  ];
  for (const mistake of mistakes) {
    itRefuses(mistake);
  }
});

describe('parseCommandLine, given a flag in the wrong way', () => {
  const mistakes: readonly Mistake[] = [
    {
      argv: ['--xdp-mode', 'native', '--xdp-mode', 'generic'],
      message: /^read --xdp-mode "native", "generic": given 2 times; give it once$/,
    },
    {
      argv: ['top', '-o', 'json', '--output', 'text', '-o', 'json'],
      message: /^read --output "json", "text", "json": given 3 times; give it once$/,
    },
    { argv: ['--device'], message: /^read command line: .*device/ },
    { argv: ['--device', '--strict'], message: /^read command line: .*device/ },
    { argv: ['top', '-o'], message: /^read command line: .*\bo/ },
    { argv: ['--strict=maybe'], message: /strict.*maybe/ },
    { argv: ['--packet-sizes=yes'], message: /packet-sizes.*yes/ },
    { argv: ['--no-device'], message: /device/ },
    { argv: ['--no-netns'], message: /netns/ },
    { argv: ['--no-log.level'], message: /log\.level/ },
    {
      argv: [],
      environment: { XDP_EXPORTER_STRICT: 'yes' },
      message: /^read XDP_EXPORTER_STRICT "yes": not one of true, false, 1, 0$/,
    },
  ];
  for (const mistake of mistakes) {
    itRefuses(mistake);
  }

  it('reads --strict=1 and --strict=0 as it reads the variable', async () => {
    for (const [value, isOn] of [
      ['1', true],
      ['0', false],
      ['true', true],
      ['false', false],
    ] as const) {
      const line = await parseCommandLine([`--strict=${value}`], {}, '1.2.3');
      assert.equal(line?.values.isOn('strict'), isOn, value);
    }
  });
});
