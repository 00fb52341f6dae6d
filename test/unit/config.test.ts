// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  isEmptySelection,
  type RawValues,
  readEngineOptions,
  readLogConfig,
  readNumber,
  readWebConfig,
} from '../../src/config.ts';
import { ConfigError } from '../../src/errors.ts';

function valuesOf(
  given: Readonly<Record<string, string | boolean | readonly string[]>>,
): RawValues {
  return {
    text: (name) => given[name] as string | undefined,
    texts: (name) => [given[name] ?? []].flat() as string[],
    isOn: (name) => given[name] === true,
  };
}

const isConfigError = (message: string) => (error: unknown) => {
  assert.ok(error instanceof ConfigError);
  assert.equal(error.message, message);
  return true;
};

describe('readLogConfig', () => {
  it('reads the level and the format', () => {
    assert.deepEqual(readLogConfig(valuesOf({ 'log.level': 'debug', 'log.format': 'json' })), {
      level: 'debug',
      format: 'json',
    });
  });

  it('refuses what is not a level, or not a format, and lists those there are', () => {
    assert.throws(
      () => readLogConfig(valuesOf({ 'log.level': 'INFO', 'log.format': 'json' })),
      isConfigError('read --log.level "INFO": not one of debug, info, warn, error'),
    );
    assert.throws(
      () => readLogConfig(valuesOf({ 'log.level': 'info', 'log.format': '' })),
      isConfigError('read --log.format "": not one of logfmt, json'),
    );
  });
});

describe('readWebConfig', () => {
  const read = (address: string, path: string) =>
    readWebConfig(valuesOf({ 'web.listen-address': address, 'web.telemetry-path': path }));

  it('reads the address and the path', () => {
    const config = read('127.0.0.1:10390', '/metrics');
    assert.equal(config.telemetryPath, '/metrics');
    assert.equal(config.listenAddress.port, 10390);
  });

  it('refuses a bad address and a bad path', () => {
    assert.throws(() => read('localhost', '/metrics'), ConfigError);
    assert.throws(() => read('127.0.0.1:10390', 'metrics'), ConfigError);
    assert.throws(() => readWebConfig(valuesOf({})), ConfigError);
  });
});

describe('readEngineOptions', () => {
  const defaults = { mode: 'auto', 'xdp-mode': 'auto', 'packet-sizes': true };

  it('reads the selection, each device once', () => {
    const { selection } = readEngineOptions(
      valuesOf({
        ...defaults,
        device: ['eth0', 'veth*', 'eth0'],
        'device-exclude': ['veth1'],
        'device-default-route': true,
      }),
    );
    assert.deepEqual(selection, {
      include: ['eth0', 'veth*'],
      exclude: ['veth1'],
      defaultRoute: true,
    });
  });

  it('reads the switches', () => {
    const off = readEngineOptions(
      valuesOf({ mode: 'observe', 'xdp-mode': 'native', 'packet-sizes': false }),
    );
    assert.deepEqual([off.packetSizes, off.strict, off.xdpMode], [false, false, 'native']);
    assert.deepEqual([off.mode, off.attachDelayMs], ['observe', 0]);
    const on = readEngineOptions(valuesOf({ ...defaults, strict: true }));
    assert.deepEqual([on.packetSizes, on.strict, on.xdpMode], [true, true, 'auto']);
    const slow = readEngineOptions(valuesOf({ ...defaults, 'attach-delay': '1.5' }));
    assert.deepEqual([slow.mode, slow.attachDelayMs], ['auto', 1500]);
  });

  it('looks for lost and absent devices every two seconds', () => {
    assert.equal(readEngineOptions(valuesOf(defaults)).rescanIntervalMs, 2000);
  });

  it('has the namespaces that were given, each once, and none by default', () => {
    assert.deepEqual(readEngineOptions(valuesOf(defaults)).netns, []);
    const netns = ['blue', 'red*', 'blue', '/proc/1/ns/net'];
    assert.deepEqual(readEngineOptions(valuesOf({ ...defaults, netns })).netns, [
      'blue',
      'red*',
      '/proc/1/ns/net',
    ]);
  });

  it('keeps the counters of 256 devices, or of as many as were asked for, up to 4096', () => {
    const slotsOf = (value?: string) =>
      readEngineOptions(
        valuesOf({ ...defaults, ...(value === undefined ? {} : { 'max-devices': value }) }),
      ).slots;
    assert.equal(slotsOf(), 256);
    assert.equal(slotsOf('1'), 1);
    assert.equal(slotsOf('4096'), 4096);
    for (const value of ['0', '4097', '1.5', 'many']) {
      assert.throws(
        () => slotsOf(value),
        isConfigError(
          `read --max-devices "${value}": not a whole number of devices from 1 to 4096`,
        ),
      );
    }
  });

  it('refuses a mode that does not exist', () => {
    assert.throws(
      () => readEngineOptions(valuesOf({ ...defaults, 'xdp-mode': 'turbo' })),
      isConfigError('read --xdp-mode "turbo": not one of auto, native, generic'),
    );
    assert.throws(
      () => readEngineOptions(valuesOf({ ...defaults, mode: 'watch' })),
      isConfigError('read --mode "watch": not one of auto, attach, observe'),
    );
    assert.throws(
      () => readEngineOptions(valuesOf({ ...defaults, 'attach-delay': '-1' })),
      isConfigError('read --attach-delay "-1": not a number of seconds from 0 to 86400'),
    );
  });

  for (const flag of ['device', 'device-exclude', 'netns']) {
    it(`refuses an empty --${flag}`, () => {
      assert.throws(
        () => readEngineOptions(valuesOf({ ...defaults, [flag]: '' })),
        isConfigError(`read --${flag} "": it is empty; leave the flag out or give it a value`),
      );
    });
  }
});

describe('isEmptySelection', () => {
  it('is true only where neither a device nor the default route was chosen', () => {
    const nothing = { include: [], exclude: ['eth0'], defaultRoute: false };
    assert.equal(isEmptySelection(nothing), true);
    assert.equal(isEmptySelection({ ...nothing, include: ['eth*'] }), false);
    assert.equal(isEmptySelection({ ...nothing, defaultRoute: true }), false);
  });
});

describe('readNumber', () => {
  const range = { min: 0.1, max: 3600, unit: 'seconds' };

  it('is undefined without the flag', () => {
    assert.equal(readNumber('interval', undefined, range), undefined);
  });

  const numbers = [
    ['0.1', 0.1],
    ['1', 1],
    ['2.5', 2.5],
    ['3600', 3600],
    [' 7 ', 7],
  ] as const;
  for (const [text, value] of numbers) {
    it(`reads "${text}" as ${value}`, () => {
      assert.equal(readNumber('interval', text, range), value);
    });
  }

  for (const text of ['', ' ', '0', '0.09', '-1', '3600.1', 'NaN', 'Infinity', '1s', '1,5', 'x']) {
    it(`refuses "${text}" and says what would do`, () => {
      assert.throws(
        () => readNumber('interval', text, range),
        isConfigError(`read --interval "${text}": not a number of seconds from 0.1 to 3600`),
      );
    });
  }
});
