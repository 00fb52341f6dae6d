// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { type CommandLine, parseCommandLine } from '../../../src/cli/command-line.ts';
import type { Environment } from '../../../src/cli/environment.ts';
import {
  DEMO_FLAGS,
  DEVICE_FLAGS,
  type Flag,
  type Flags,
  LOG_FLAGS,
  LOGGER_FLAGS,
  OTLP_FLAGS,
  PACKET_LOG_FLAGS,
  RUN_FLAGS,
  TOP_FLAGS,
  WEB_FLAGS,
} from '../../../src/cli/flags.ts';

const COMMANDS = [
  {
    command: 'run',
    flags: {
      ...DEVICE_FLAGS,
      ...RUN_FLAGS,
      ...LOGGER_FLAGS,
      ...WEB_FLAGS,
      ...OTLP_FLAGS,
      ...LOG_FLAGS,
    },
  },
  { command: 'top', flags: { ...DEVICE_FLAGS, ...TOP_FLAGS } },
  { command: 'log', flags: { ...DEVICE_FLAGS, ...PACKET_LOG_FLAGS } },
  {
    command: 'demo',
    flags: { ...DEMO_FLAGS, ...LOGGER_FLAGS, ...WEB_FLAGS, ...OTLP_FLAGS, ...LOG_FLAGS },
  },
] as const satisfies readonly { command: string; flags: Flags }[];

async function parse(argv: readonly string[], environment: Environment = {}): Promise<CommandLine> {
  const line = await parseCommandLine(argv, environment, '1.2.3');
  assert.ok(line !== undefined, 'yargs answered by itself');
  return line;
}

const READERS = {
  list: ({ values }: CommandLine, name: string) => values.texts(name),
  switch: ({ values }: CommandLine, name: string) => values.isOn(name),
  text: ({ values }: CommandLine, name: string) => values.text(name),
};

/** What a flag is without being given, on the command line and in the environment, and what it then reads as. */
function samplesOf(name: string, { kind, ...flag }: Flag) {
  if (kind === 'switch') {
    const isOn = flag.default === true;
    return {
      bare: isOn,
      argument: isOn ? `--no-${name}` : `--${name}`,
      given: !isOn,
      variable: isOn ? '0' : '1',
      fromVariable: !isOn,
      contrary: `--${isOn ? '' : 'no-'}${name}`,
      rather: isOn,
    };
  }
  const asRead = (text: string) => (kind === 'list' ? [text] : text);
  return {
    bare: kind === 'list' ? [] : flag.default,
    argument: `--${name}=x`,
    given: asRead('x'),
    variable: 'y',
    fromVariable: asRead('y'),
    contrary: `--${name}=z`,
    rather: asRead('z'),
  };
}

function itTakes(command: string, name: string, flag: Flag): void {
  const read = async (argv: readonly string[], environment: Environment = {}) =>
    READERS[flag.kind](await parse([command, ...argv], environment), name);
  const samples = samplesOf(name, flag);
  const environment = {
    [`XDP_EXPORTER_${name.toUpperCase().replaceAll(/[.-]/g, '_')}`]: samples.variable,
  };

  it(`takes --${name}, and its default without`, async () => {
    assert.deepEqual(await read([]), samples.bare);
    assert.deepEqual(await read([samples.argument]), samples.given);
  });

  it(`takes --${name} from its variable, but rather from the command line`, async () => {
    assert.deepEqual(await read([], environment), samples.fromVariable);
    assert.deepEqual(await read([samples.contrary], environment), samples.rather);
  });
}

/** Standard output of yargs, which writes the help by console.log. */
async function outputOf(t: TestContext, argv: readonly string[]): Promise<string> {
  const log = t.mock.method(console, 'log', () => {});
  assert.equal(await parseCommandLine(argv, {}, '1.2.3'), undefined);
  log.mock.restore();
  return log.mock.calls.map((call) => call.arguments.join(' ')).join('\n');
}

for (const { command, flags } of COMMANDS) {
  describe(`parseCommandLine of ${command}`, () => {
    for (const [name, flag] of Object.entries<Flag>(flags)) {
      itTakes(command, name, flag);
    }
  });
}

describe('parseCommandLine', () => {
  it('takes run for the command where none is given', async () => {
    assert.equal((await parse([])).command, 'run');
    assert.equal((await parse(['--device', 'eth0'])).command, 'run');
  });

  it('takes a list item by item, in order', async () => {
    const { values } = await parse(['--device', 'eth0', '--device=veth*', '--device', '5']);
    assert.deepEqual(values.texts('device'), ['eth0', 'veth*', '5']);
  });

  it('takes lists from variables with commas', async () => {
    const { values } = await parse([], { XDP_EXPORTER_DEVICE: 'eth0, veth*' });
    assert.deepEqual(values.texts('device'), ['eth0', 'veth*']);
  });

  it('ignores variables that it does not know', async () => {
    const environment = {
      XDP_EXPORTER_NO_SUCH_THING: 'x',
      XDP_EXPORTER_DEVICES: 'eth0',
      HOME: '/',
    };
    assert.deepEqual((await parse([], environment)).values.texts('device'), []);
  });

  it('keeps text that looks like a number', async () => {
    const { values } = await parse(['top', '--interval', '0.50', '--count', '-1', '--netns', '7']);
    assert.equal(values.text('interval'), '0.50');
    assert.equal(values.text('count'), '-1');
    assert.equal(values.text('netns'), '7');
  });

  it('takes -o for --output', async () => {
    assert.equal((await parse(['top', '-o', 'json'])).values.text('output'), 'json');
    assert.equal((await parse(['top', '-o=json'])).values.text('output'), 'json');
  });

  it('has --no-packet-sizes', async () => {
    assert.equal((await parse(['--no-packet-sizes'])).values.isOn('packet-sizes'), false);
    assert.equal((await parse(['--packet-sizes'])).values.isOn('packet-sizes'), true);
    assert.equal((await parse(['--packet-sizes=false'])).values.isOn('packet-sizes'), false);
  });

  it('prints the help, with every flag, and runs nothing', async (t) => {
    for (const { command, flags } of COMMANDS) {
      const help = await outputOf(t, [command, '--help']);
      for (const name of Object.keys(flags)) {
        assert.ok(help.includes(`--${name}`), `${command}: ${name}`);
      }
    }
    const help = await outputOf(t, ['--help']);
    assert.match(help, /--log.level by XDP_EXPORTER_LOG_LEVEL/);
    for (const { command } of COMMANDS) {
      assert.match(help, new RegExp(`xdp-exporter ${command}`));
    }
  });

  it('prints the version and runs nothing', async (t) => {
    assert.equal(await outputOf(t, ['--version']), '1.2.3');
    assert.equal(await outputOf(t, ['top', '--version']), '1.2.3');
  });
});
