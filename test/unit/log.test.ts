// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  createLog,
  LOG_FORMATS,
  LOG_LEVELS,
  type LogFields,
  type LogFormat,
  type LogRecord,
  lineSink,
  streamSink,
} from '../../src/log.ts';

function line(format: LogFormat, fields: LogFields, message = 'hello'): string {
  const lines: string[] = [];
  lineSink('debug', format, (text) => lines.push(text))({ level: 'warn', message, fields });
  assert.equal(lines.length, 1);
  return lines[0] ?? '';
}

describe('createLog', () => {
  it('hands every record to the sink with its level, message and fields', () => {
    const records: LogRecord[] = [];
    const log = createLog((record) => records.push(record));
    for (const level of LOG_LEVELS) {
      log[level](`at ${level}`, { device: 'eth0' });
    }
    log.info('bare');
    assert.deepEqual(records, [
      ...LOG_LEVELS.map((level) => ({
        level,
        message: `at ${level}`,
        fields: { device: 'eth0' },
      })),
      { level: 'info', message: 'bare', fields: {} },
    ]);
  });
});

describe('lineSink', () => {
  for (const [index, threshold] of LOG_LEVELS.entries()) {
    it(`writes at ${threshold} what is at least that`, () => {
      const lines: string[] = [];
      const sink = lineSink(threshold, 'logfmt', (text) => lines.push(text));
      for (const level of LOG_LEVELS) {
        sink({ level, message: 'm', fields: {} });
      }
      const levels = lines.map((text) => /level=(\w+)/.exec(text)?.[1]);
      assert.deepEqual(levels, LOG_LEVELS.slice(index));
    });
  }

  it('writes logfmt with the time first and values bare where that is unambiguous', () => {
    const text = line('logfmt', { device: 'eth0.100', program_id: 7, up: true });
    const [, time = '', rest] = /^time=(\S+) (.*)\n$/.exec(text) ?? [];
    assert.equal(new Date(time).toISOString(), time);
    assert.equal(rest, 'level=warn msg=hello device=eth0.100 program_id=7 up=true');
  });

  const quoted = [
    ['', '""'],
    ['a b', '"a b"'],
    ['a=b', '"a=b"'],
    ['a"b', '"a\\"b"'],
    ['a\nlevel=error', '"a\\nlevel=error"'],
    ['\u001b[31m', '"\\u001b[31m"'],
    ['end\n', '"end\\n"'],
    ['\u009b31m', '"\\u009b31m"'],
    ['a\u2028level=error', '"a\\u2028level=error"'],
    ['a\u202eb\u2066c', '"a\\u202eb\\u2066c"'],
    ['a\u200b\ufeff\u00a0\u3000b', '"a\\u200b\\ufeff\\u00a0\\u3000b"'],
    ['a\u{e0041}b', '"a\\udb40\\udc41b"'],
    ['et\ufffdh#12', '"et\ufffdh#12"'],
    ['würfel', '"würfel"'],
    ['a"b\\{}', '"a\\"b\\\\{}"'],
  ] as const;
  for (const [value, written] of quoted) {
    it(`writes ${written} for a value that is not bare`, () => {
      assert.ok(line('logfmt', { device: value }).endsWith(` device=${written}\n`));
    });
  }

  it('writes JSON that parses back', () => {
    const parsed = JSON.parse(line('json', { device: 'a"b\n', count: 3 }));
    assert.deepEqual(Object.keys(parsed), ['time', 'level', 'msg', 'device', 'count']);
    assert.equal(parsed.level, 'warn');
    assert.equal(parsed.msg, 'hello');
    assert.equal(parsed.device, 'a"b\n');
    assert.equal(parsed.count, 3);
  });

  it('writes values that parse back, in either format', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (device) => {
        const value = / device=(.*)\n$/.exec(line('logfmt', { device }))?.[1] ?? '';
        assert.equal(value.startsWith('"') ? JSON.parse(value) : value, device);
        assert.equal(JSON.parse(line('json', { device })).device, device);
      }),
    );
  });

  for (const format of LOG_FORMATS) {
    it(`leaves absent fields out of ${format}`, () => {
      assert.ok(!line(format, { device: undefined }).includes('device'));
    });

    it(`writes one line of ${format}, whatever a name holds`, () => {
      fc.assert(
        fc.property(
          fc.string({ unit: 'binary' }),
          fc.string({ unit: 'binary' }),
          (name, message) => {
            const text = line(format, { device: name }, message);
            assert.equal(text.indexOf('\n'), text.length - 1);
            assert.ok(!text.includes('\r'));
            assert.doesNotMatch(text.slice(0, -1), /[\p{C}\p{Zl}\p{Zp}]/u);
          },
        ),
      );
    });
  }
});

describe('streamSink', () => {
  it('drops lines while nobody reads, and says how many when somebody does', () => {
    const lines: string[] = [];
    const stream = { writableLength: 0, write: (text: string) => lines.push(text) > 0 };
    const sink = streamSink('error', 'logfmt', stream);
    const log = (message: string) => sink({ level: 'error', message, fields: {} });
    log('first');
    stream.writableLength = 100_000;
    log('lost');
    log('lost');
    sink({ level: 'debug', message: 'never wanted', fields: {} });
    stream.writableLength = 0;
    log('second');
    log('third');
    const said = lines.map((text) => text.replace(/^time=\S+ level=error msg=/, ''));
    assert.deepEqual(said, [
      'first\n',
      '"dropped log lines that nobody read" lines=2\n',
      'second\n',
      'third\n',
    ]);
  });
});
