// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import os from 'node:os';
import { describe, it } from 'node:test';
import type { LoggerOptions } from '../../../src/engine/options.ts';
import { RECORD } from '../../../src/kernel/layout.ts';
import {
  isEmptySelection,
  readEngineOptions,
  readLogConfig,
  readLoggerOptions,
  readPacketOptions,
  readTopOptions,
  readViewerOptions,
  readWebConfig,
} from '../../../src/options/settings.ts';
import { parse } from '../cli/context.ts';

const run = async (...argv: string[]) => (await parse<'run'>(['run', ...argv])).values;

const MIB = 1024 * 1024;

const LOGGER: LoggerOptions = {
  transport: 'mapped',
  maxEventsPerSecond: 4_000_000,
  turnIntervals: { exactMs: 4, sampledMs: 4 },
  output: 'top',
  top: {
    maxSeries: { sources: 20, destinations: 0, ports: 20 },
    tableSize: 65_536,
    prefixV4: 32,
    prefixV6: 128,
    minShare: 0.001,
    newSeriesPerHour: 600,
  },
};

describe('readPacketOptions', () => {
  it('has every packet recorded that is looked at, in rings of 64 MiB together', async (t) => {
    const { values } = await parse<'log'>(['log', 'eth0']);
    for (const [machine, sizeBytes] of [
      [1, 16 * MIB],
      [8, 8 * MIB],
      [4096, MIB / 4],
    ] as const) {
      t.mock.method(os, 'cpus', () => new Array(machine).fill({}));
      const { logger, strict } = readPacketOptions(values);
      assert.deepEqual(
        [logger?.sampleInterval, logger?.maxEventsPerSecond, logger?.output, strict],
        [1, 0, 'rows', true],
      );
      assert.equal(logger?.ringSizeBytes, sizeBytes);
      assert.equal(logger?.filter, undefined);
    }
  });
});

describe('readEngineOptions', () => {
  it('has the defaults where nothing was said', async () => {
    assert.deepEqual(readEngineOptions(await run(), undefined), {
      selection: { include: [], exclude: [], defaultRoute: false },
      mode: 'auto',
      deviceModes: [],
      xdpMode: 'auto',
      attachDelayMs: 30_000,
      observePins: [],
      packetSizes: true,
      tracepoints: 'auto',
      logger: LOGGER,
      strict: false,
      netns: [],
      slots: 256,
      rescanIntervalMs: 2000,
    });
  });

  it('has what was said', async () => {
    const values = await run(
      ...[
        'eth0',
        '--device-exclude=veth1',
        '--device-default-route',
        '--mode=observe',
        '--device-mode=eth*=attach',
        '--device-mode=a=b=auto',
        '--attach-delay=1.5',
        '--xdp-mode=native',
      ],
      ...[
        '--no-packet-sizes',
        '--strict',
        '--netns=blue',
        '--max-devices=8',
        '--logger=off',
        '--tracepoints=on',
        '--program-cost=1s/60s',
      ],
    );
    assert.deepEqual(readEngineOptions(values, '--strict'), {
      selection: { include: ['eth0'], exclude: ['veth1'], defaultRoute: true },
      mode: 'observe',
      deviceModes: [
        { pattern: 'eth*', mode: 'attach' },
        { pattern: 'a=b', mode: 'auto' },
      ],
      xdpMode: 'native',
      attachDelayMs: 1500,
      observePins: [],
      packetSizes: false,
      tracepoints: 'on',
      programCost: { measureMs: 1000, everyMs: 60_000 },
      strict: true,
      strictOrigin: '--strict',
      netns: ['blue'],
      slots: 8,
      rescanIntervalMs: 2000,
    });
  });
});

describe('readViewerOptions', () => {
  it('is strict without a flag to name, and has neither logger nor packet sizes', async () => {
    const { values } = await parse<'top'>(['top', 'eth0']);
    const options = readViewerOptions(values);
    assert.equal(options.strict, true);
    assert.equal(options.packetSizes, false);
    assert.equal(options.tracepoints, 'off');
    assert.deepEqual(options.selection.include, ['eth0']);
    assert.ok(!('logger' in options) && !('strictOrigin' in options));
  });
});

describe('readTopOptions', () => {
  const loggerOf = async (...argv: string[]) =>
    readTopOptions((await parse<'top'>(['top', 'eth0', ...argv])).values).logger;

  it('reads fewer records than the exporter, and less often', async () => {
    const turnIntervals = { exactMs: 10, sampledMs: 20 };
    assert.deepEqual(await loggerOf(), { ...LOGGER, maxEventsPerSecond: 200_000, turnIntervals });
  });

  it('has the smallest ring hold what the budget lets come in a turn', async () => {
    const { maxEventsPerSecond = 0, turnIntervals } = (await loggerOf()) ?? {};
    const { exactMs = 0, sampledMs = 0 } = turnIntervals ?? {};
    const records = (maxEventsPerSecond / 1000) * Math.max(exactMs, sampledMs);
    assert.ok(records > 0 && records < MIB / 4 / RECORD.sizeBytes, `${records} records`);
  });

  it('reads as many records as are asked for', async () => {
    const wanted = await loggerOf('--logger.max-events-per-second', '4000000');
    assert.equal(wanted?.maxEventsPerSecond, 4_000_000);
    assert.equal((await loggerOf('--logger.sample', '1'))?.sampleInterval, 1);
  });
});

describe('readLoggerOptions', () => {
  it('takes every option of the logger', async () => {
    const values = await run(
      ...['--logger.transport=perf', '--logger.sample=8', '--logger.ring-kib=64'],
      ...['--logger.max-events-per-second=1000', '--top.sources=1', '--top.table-size=1024'],
      ...['--top.prefix-v4=24', '--top.prefix-v6=48', '--top.min-share=0.5'],
      ...['--top.new-series-per-hour=0', '--top.destinations=2', '--top.ports=3'],
    );
    assert.deepEqual(readLoggerOptions(values).logger, {
      transport: 'perf',
      sampleInterval: 8,
      ringSizeBytes: 65_536,
      maxEventsPerSecond: 1000,
      turnIntervals: { exactMs: 4, sampledMs: 4 },
      output: 'top',
      top: {
        maxSeries: { sources: 1, destinations: 2, ports: 3 },
        tableSize: 1024,
        prefixV4: 24,
        prefixV6: 48,
        minShare: 0.5,
        newSeriesPerHour: 0,
      },
    });
  });

  it('is empty where the logger is off, whatever else is said of it', async () => {
    assert.deepEqual(readLoggerOptions(await run('--logger=off', '--logger.sample=8')), {});
  });
});

describe('readWebConfig and readLogConfig', () => {
  it('have what was said', async () => {
    const { values, originOf } = await parse<'run'>([
      ...['run', '--web.listen-address=[::1]:1', '--web.listen-address', 'localhost:2'],
      ...['--web.telemetry-path=/x', '--log.level=error', '--web.config.file', 'web.yml'],
      ...['--log.format=json', '--web.disable-exporter-metrics', '--web.live=off'],
    ]);
    assert.deepEqual(readWebConfig(values, originOf), {
      listenAddresses: [
        { host: '::1', port: 1 },
        { host: 'localhost', port: 2 },
      ],
      systemdSocket: false,
      file: { path: 'web.yml', origin: '--web.config.file' },
      telemetryPath: '/x',
      live: 'off',
      disableExporterMetrics: true,
    });
    assert.deepEqual(readLogConfig(values), { level: 'error', format: 'json' });
  });
});

describe('readWebConfig', () => {
  const read = async (...argv: string[]) => {
    const { values, originOf } = await parse<'run'>(['run', ...argv]);
    return readWebConfig(values, originOf);
  };

  it('has one address where none was given, and none where systemd gives the sockets', async () => {
    const { listenAddresses, file } = await read();
    assert.deepEqual([listenAddresses, file], [[{ host: '127.0.0.1', port: 10390 }], undefined]);
    const activated = await read('--web.systemd-socket');
    assert.deepEqual([activated.listenAddresses, activated.systemdSocket], [[], true]);
  });

  it('refuses two opinions on where to listen, the same address twice, and too many', async () => {
    await assert.rejects(read('--web.systemd-socket', '--web.listen-address=:1'), {
      name: 'ConfigError',
      message:
        'read --web.systemd-socket: --web.listen-address sets addresses as well; use only one of the two',
    });
    await assert.rejects(
      read('--web.listen-address=[127.0.0.1]:1', '--web.listen-address=127.0.0.1:1'),
      {
        message: 'read --web.listen-address: the same address twice; leave one out',
      },
    );
    const many = Array.from({ length: 17 }, (_, index) => `--web.listen-address=:${index + 1}`);
    await assert.rejects(read(...many), {
      message: 'read --web.listen-address: 17 addresses; 16 are the most',
    });
  });
});

describe('isEmptySelection', () => {
  it('is true only where neither a device nor the default route was chosen', () => {
    const nothing = { include: [], exclude: ['eth0'], defaultRoute: false };
    assert.equal(isEmptySelection(nothing), true);
    assert.equal(isEmptySelection({ ...nothing, include: ['eth*'] }), false);
    assert.equal(isEmptySelection({ ...nothing, defaultRoute: true }), false);
  });
});
