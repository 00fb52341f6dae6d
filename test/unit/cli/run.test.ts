// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { runExporter } from '../../../src/cli/run.ts';
import type { RawValues } from '../../../src/config.ts';
import { EngineClient } from '../../../src/engine/client.ts';
import { ConfigError, ExporterError } from '../../../src/errors.ts';

type Given = Readonly<Record<string, string | boolean>>;

const GOOD: Given = {
  device: 'eth0',
  mode: 'auto',
  'xdp-mode': 'auto',
  'log.level': 'info',
  'log.format': 'logfmt',
  'web.listen-address': '127.0.0.1:0',
  'web.telemetry-path': '/metrics',
};

function valuesOf(given: Given): RawValues {
  return {
    text: (name) => given[name] as string | undefined,
    texts: (name) => [given[name] ?? []].flat() as string[],
    isOn: (name) => given[name] === true,
  };
}

/** Runs the command on an engine that does nothing, and keeps what is written to standard error. */
function exporter(t: TestContext, given: Given) {
  const engine = {
    failed: new Promise<never>(() => {}),
    notified: [] as string[],
    notify: (...notification: string[]) => engine.notified.push(notification.join(' ')),
    closed: 0,
    close: async () => {},
  };
  engine.close = async () => {
    engine.closed++;
  };
  const start = t.mock.method(EngineClient, 'start', async () => engine);
  const stop = new AbortController();
  const lines: string[] = [];
  t.mock.method(process.stderr, 'write', (line: string) => lines.push(line) > 0);
  const context = {
    values: valuesOf(given),
    version: '1.2.3',
    signal: stop.signal,
    log: () => {},
    write: () => {},
  };
  return { engine, stop, lines, started: start.mock, run: () => runExporter(context) };
}

describe('runExporter', () => {
  it('serves until the signal, and then closes the engine', async (t) => {
    const { run, stop, engine, lines } = exporter(t, GOOD);
    setTimeout(() => stop.abort(), 5);
    await run();
    assert.equal(engine.closed, 1);
    const [serving = '', stopping = ''] = lines;
    assert.match(serving, /msg=serving url=http:\/\/127\.0\.0\.1:\d+\/metrics version=1\.2\.3\n$/);
    assert.match(stopping, /msg=stopping\n$/);
    assert.equal(lines.length, 2);
  });

  it('ends at once where the signal came before', async (t) => {
    const { run, stop, engine } = exporter(t, GOOD);
    stop.abort();
    await run();
    assert.equal(engine.closed, 1);
  });

  it('tells the service manager that it serves, and that it stops', async (t) => {
    process.env['NOTIFY_SOCKET'] = '/run/notify';
    t.after(() => delete process.env['NOTIFY_SOCKET']);
    const { run, stop, engine } = exporter(t, GOOD);
    stop.abort();
    await run();
    const [ready = '', stopping] = engine.notified;
    assert.match(ready, /^\/run\/notify READY=1\nSTATUS=serving http:\/\/127.0.0.1:\d+\/metrics$/);
    assert.equal(stopping, '/run/notify STOPPING=1');
    assert.equal(engine.notified.length, 2);
  });

  it('ends with the reason of an engine that dies, and closes', async (t) => {
    const { run, engine } = exporter(t, GOOD);
    engine.failed = Promise.reject(new ExporterError('run engine thread: boom'));
    engine.failed.catch(() => {});
    await assert.rejects(run(), /run engine thread: boom/);
    assert.equal(engine.closed, 1);
  });

  it('logs at the level and in the format chosen', async (t) => {
    const json = exporter(t, { ...GOOD, 'log.format': 'json' });
    json.stop.abort();
    await json.run();
    assert.equal(JSON.parse(json.lines[0] ?? '').msg, 'serving');
    t.mock.restoreAll();
    const quiet = exporter(t, { ...GOOD, 'log.level': 'error' });
    quiet.stop.abort();
    await quiet.run();
    assert.deepEqual(quiet.lines, []);
  });

  const mistakes = [
    { 'log.level': 'loud' },
    { 'log.format': 'xml' },
    { 'web.listen-address': 'localhost' },
    { 'web.telemetry-path': 'metrics' },
    { 'xdp-mode': 'turbo' },
    { device: '' },
  ];
  for (const mistake of mistakes) {
    it(`refuses ${JSON.stringify(mistake)} before anything is started`, async (t) => {
      const { run, started } = exporter(t, { ...GOOD, ...mistake });
      await assert.rejects(run(), ConfigError);
      assert.equal(started.callCount(), 0);
    });
  }
});
