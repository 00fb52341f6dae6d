// SPDX-License-Identifier: Apache-2.0
// The logger's flags, from the command line and the environment to what the engine is given.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseCommandLine } from '../../src/cli/command-line.ts';
import type { Environment } from '../../src/cli/environment.ts';
import { readEngineOptions } from '../../src/config.ts';
import type { EngineOptions, LoggerOptions } from '../../src/engine/options.ts';
import { ConfigError } from '../../src/errors.ts';

async function optionsOf(
  argv: readonly string[],
  environment: Environment = {},
): Promise<EngineOptions> {
  const line = await parseCommandLine(argv, environment, '1.2.3');
  assert.ok(line !== undefined);
  return readEngineOptions(line.values);
}

async function loggerOf(
  argv: readonly string[],
  environment: Environment = {},
): Promise<LoggerOptions> {
  const { logger } = await optionsOf(argv, environment);
  assert.ok(logger !== undefined, 'the logger is off');
  return logger;
}

async function refuses(argv: readonly string[], message: string | RegExp): Promise<void> {
  await assert.rejects(optionsOf(argv), (error) => {
    assert.ok(error instanceof ConfigError, String(error));
    if (typeof message === 'string') {
      assert.equal(error.message, message);
    } else {
      assert.match(error.message, message);
    }
    return true;
  });
}

const DEFAULTS: LoggerOptions = {
  transport: 'mapped',
  maxEventsPerSecond: 4_000_000,
  output: 'sources',
  sources: {
    maxSeries: 20,
    tableSize: 65_536,
    prefixV4: 32,
    prefixV6: 128,
    minShare: 0.001,
    newSeriesPerHour: 600,
  },
};

interface NumberFlag {
  readonly flag: string;
  readonly min: number;
  readonly max: number;
  readonly unit: string;
  readonly variable: string;
  /** Of the logger's options, with this number for the flag. */
  readonly options: (value: number) => LoggerOptions;
  readonly fractions?: true;
}

const withSources = (sources: Partial<LoggerOptions['sources']>): LoggerOptions => ({
  ...DEFAULTS,
  sources: { ...DEFAULTS.sources, ...sources },
});

const FLAGS: readonly NumberFlag[] = [
  {
    flag: 'logger.sample',
    min: 1,
    max: 65_536,
    unit: 'packets',
    variable: 'XDP_EXPORTER_LOGGER_SAMPLE',
    options: (sampleInterval) => ({ ...DEFAULTS, sampleInterval }),
  },
  {
    flag: 'logger.max-events-per-second',
    min: 1_000,
    max: 1_000_000_000,
    unit: 'records per second',
    variable: 'XDP_EXPORTER_LOGGER_MAX_EVENTS_PER_SECOND',
    options: (maxEventsPerSecond) => ({ ...DEFAULTS, maxEventsPerSecond }),
  },
  {
    flag: 'logger.ring-kib',
    min: 4,
    max: 262_144,
    unit: 'KiB',
    variable: 'XDP_EXPORTER_LOGGER_RING_KIB',
    options: (kib) => ({ ...DEFAULTS, ringSizeBytes: kib * 1024 }),
  },
  {
    flag: 'top.sources',
    min: 0,
    max: 1_000,
    unit: 'sources',
    variable: 'XDP_EXPORTER_TOP_SOURCES',
    options: (maxSeries) => withSources({ maxSeries }),
  },
  {
    flag: 'top.table-size',
    min: 1_024,
    max: 4_194_304,
    unit: 'sources',
    variable: 'XDP_EXPORTER_TOP_TABLE_SIZE',
    options: (tableSize) => withSources({ tableSize }),
  },
  {
    flag: 'top.prefix-v4',
    min: 1,
    max: 32,
    unit: 'bits',
    variable: 'XDP_EXPORTER_TOP_PREFIX_V4',
    options: (prefixV4) => withSources({ prefixV4 }),
  },
  {
    flag: 'top.prefix-v6',
    min: 1,
    max: 128,
    unit: 'bits',
    variable: 'XDP_EXPORTER_TOP_PREFIX_V6',
    options: (prefixV6) => withSources({ prefixV6 }),
  },
  {
    flag: 'top.min-share',
    min: 0,
    max: 1,
    unit: 'all packets',
    variable: 'XDP_EXPORTER_TOP_MIN_SHARE',
    options: (minShare) => withSources({ minShare }),
    fractions: true,
  },
  {
    flag: 'top.new-series-per-hour',
    min: 0,
    max: 1_000_000,
    unit: 'series',
    variable: 'XDP_EXPORTER_TOP_NEW_SERIES_PER_HOUR',
    options: (newSeriesPerHour) => withSources({ newSeriesPerHour }),
  },
];

describe('the logger', () => {
  it('is on, and steers itself, where nothing else was asked for', async () => {
    assert.deepEqual(await loggerOf([]), DEFAULTS);
    assert.deepEqual(await loggerOf(['--logger', 'on']), DEFAULTS);
  });

  it('can be switched off, by flag and by variable', async () => {
    const { logger: _, ...others } = await optionsOf([]);
    assert.deepEqual(await optionsOf(['--logger', 'off']), others);
    assert.deepEqual(await optionsOf([], { XDP_EXPORTER_LOGGER: 'off' }), others);
    assert.deepEqual(await loggerOf(['--logger=on'], { XDP_EXPORTER_LOGGER: 'off' }), DEFAULTS);
  });

  it('stays off whatever else is said of it', async () => {
    const options = await optionsOf(['--logger=off', '--logger.sample=8', '--top.sources=5']);
    assert.equal('logger' in options, false);
  });

  it('is neither more nor less than on or off', async () => {
    await refuses(['--logger', 'true'], 'read --logger "true": not one of on, off');
    await refuses(['--logger='], 'read --logger "": not one of on, off');
    await refuses(['--logger', 'ON'], 'read --logger "ON": not one of on, off');
    await refuses(['--no-logger'], /logger/);
  });

  for (const command of ['top', 'log']) {
    it(`is not among the options of ${command}, which has no flags for it`, async () => {
      assert.equal('logger' in (await optionsOf([command])), false);
      await refuses([command, '--logger', 'off'], /^read command line: unknown flag "--logger"/);
      await refuses([command, '--top.sources', '1'], /unknown flag "--top.sources"/);
    });
  }

  it('takes one of two transports', async () => {
    assert.equal((await loggerOf(['--logger.transport', 'perf'])).transport, 'perf');
    await refuses(
      ['--logger.transport', 'ring'],
      'read --logger.transport "ring": not one of mapped, perf',
    );
  });

  it('takes all of its flags together', async () => {
    const argv = FLAGS.flatMap(({ flag, max }) => [`--${flag}`, String(max)]);
    assert.deepEqual(await loggerOf([...argv, '--logger.transport', 'perf']), {
      transport: 'perf',
      sampleInterval: 65_536,
      ringSizeBytes: 268_435_456,
      maxEventsPerSecond: 1_000_000_000,
      output: 'sources',
      sources: {
        maxSeries: 1_000,
        tableSize: 4_194_304,
        prefixV4: 32,
        prefixV6: 128,
        minShare: 1,
        newSeriesPerHour: 1_000_000,
      },
    });
  });
});

for (const { flag, min, max, unit, variable, options, fractions } of FLAGS) {
  describe(`--${flag}`, () => {
    const kind = fractions ? 'a number' : 'a whole number';
    const message = (text: string) =>
      `read --${flag} "${text}": not ${kind} of ${unit} from ${min} to ${max}`;

    it(`reaches from ${min} to ${max}`, async () => {
      for (const value of [min, max]) {
        assert.deepEqual(await loggerOf([`--${flag}=${value}`]), options(value));
      }
    });

    it('is refused beyond either bound, and where it is no number', async () => {
      for (const text of [`${min - 1}`, `${max + 1}`, '', 'x', 'NaN', 'Infinity', '-0.5', '1,5']) {
        await refuses([`--${flag}=${text}`], message(text));
      }
    });

    it(fractions ? 'may be a fraction' : 'is refused where it is a fraction', async () => {
      const middle = min + (max - min) / 2;
      const fraction = Number.isInteger(middle) ? middle + 0.5 : middle;
      if (fractions) {
        assert.deepEqual(await loggerOf([`--${flag}`, `${fraction}`]), options(fraction));
      } else {
        await refuses([`--${flag}`, `${fraction}`], message(`${fraction}`));
      }
    });

    it('can be set by its variable, and is then refused in the same way', async () => {
      assert.deepEqual(await loggerOf([], { [variable]: String(max) }), options(max));
      const both = await loggerOf([`--${flag}=${min}`], { [variable]: String(max) });
      assert.deepEqual(both, options(min));
      const bad = optionsOf([], { [variable]: String(max + 1) });
      await assert.rejects(bad, { name: 'ConfigError', message: message(String(max + 1)) });
    });
  });
}
