// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { runExporter } from '../../../src/cli/run.ts';
import { ExporterError } from '../../../src/errors.ts';
import type { startExporter } from '../../../src/exporter.ts';
import { contextOf } from './context.ts';

const GOOD = ['eth0', '--web.listen-address', '127.0.0.1:0'];

/** Runs the command on an exporter that does nothing, and keeps what is written to standard error. */
function exporter(t: TestContext, argv: readonly string[]) {
  const engine = {
    urls: ['http://127.0.0.1:10390/metrics'] as [string],
    failed: new Promise<never>(() => {}),
    notified: [] as string[],
    notify: (...notification: string[]) => void engine.notified.push(notification.join(' ')),
    snapshot: () => assert.fail('nobody asks'),
    select: () => assert.fail('nobody asks'),
    rereadNetworks: () => assert.fail('nobody asks'),
    closed: 0,
    close: async () => {},
  };
  engine.close = async () => {
    engine.closed++;
  };
  const start = t.mock.fn<typeof startExporter>(async () => engine);
  const stop = new AbortController();
  const lines: string[] = [];
  t.mock.method(process.stderr, 'write', (line: string) => lines.push(line) > 0);
  const written: string[] = [];
  const signals: { hangup?: () => void } = {};
  const run = async () =>
    runExporter(
      await contextOf(['run', ...argv], {
        signal: stop.signal,
        write: (text) => written.push(text),
        onHangup: (take) => {
          signals.hangup = take;
        },
      }),
      start,
    );
  return { engine, stop, lines, written, signals, started: start.mock, run };
}

describe('runExporter', () => {
  it('serves until the signal, and then closes the engine', async (t) => {
    const { run, stop, engine, lines } = exporter(t, GOOD);
    setTimeout(() => stop.abort(), 5);
    await run();
    assert.equal(engine.closed, 1);
    const [serving = '', stopping = ''] = lines;
    assert.match(
      serving,
      /msg=serving url=http:\/\/127\.0\.0\.1:10390\/metrics version=1\.2\.3\n$/,
    );
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
    engine.failed = Promise.reject(new ExporterError('read rings: boom'));
    engine.failed.catch(() => {});
    await assert.rejects(run(), /read rings: boom/);
    assert.equal(engine.closed, 1);
  });

  it('logs at the level and in the format chosen', async (t) => {
    const json = exporter(t, [...GOOD, '--log.format', 'json']);
    json.stop.abort();
    await json.run();
    assert.equal(JSON.parse(json.lines[0] ?? '').msg, 'serving');
    t.mock.restoreAll();
    const quiet = exporter(t, [...GOOD, '--log.level', 'error']);
    quiet.stop.abort();
    await quiet.run();
    assert.deepEqual(quiet.lines, []);
  });

  it('checks the configuration, and starts nothing', async (t) => {
    const { run, started, written } = exporter(t, [...GOOD, '--config.check']);
    await run();
    assert.deepEqual(written, ['the configuration is valid\n']);
    assert.equal(started.callCount(), 0);
  });

  it('checks that a device was chosen', async (t) => {
    const { run, started, written } = exporter(t, ['--config.check']);
    await assert.rejects(run(), { name: 'ConfigError', message: /^choose devices: none given; / });
    assert.deepEqual(written, []);
    assert.equal(started.callCount(), 0);
  });
});
