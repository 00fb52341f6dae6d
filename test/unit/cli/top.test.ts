// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { runTop } from '../../../src/cli/top.ts';
import { Engine, type EngineListeners } from '../../../src/engine/engine.ts';
import type { EngineOptions } from '../../../src/engine/options.ts';
import { ConfigError, ExporterError } from '../../../src/errors.ts';
import type { LogRecord } from '../../../src/log.ts';
import type { Snapshot } from '../../../src/snapshot/snapshot.ts';
import { contextOf, parse } from './context.ts';
import { LEAVE, makeTerminal } from './top/made-terminal.ts';

const FAST = ['--interval', '0.1'];

/** Runs the command on an engine whose snapshots count ten packets each second. */
async function top(t: TestContext, argv: readonly string[], stop = new AbortController()) {
  const started: EngineOptions[] = [];
  const printed: string[] = [];
  const engine = {
    reads: 0,
    closed: 0,
    log: (_: LogRecord) => {},
    failed: new Promise<never>(() => {}),
    snapshot(): Snapshot {
      const packets = Float64Array.of(0, 0, 10 * this.reads, 0, 0, 0);
      const traffic = { packets, bytes: packets, cpuPackets: packets, cpuBytes: packets };
      const monotonicMs = 1000 * this.reads++;
      return {
        takenAtMs: monotonicMs,
        monotonicMs,
        startedAtMs: 0,
        cpus: [0],
        devices: [{ name: 'eth0', wanted: true, up: true, counted: true }],
        parts: { traffic: [traffic] },
        collectors: [],
      };
    },
    close() {
      this.closed++;
    },
  };
  t.mock.method(Engine, 'start', (options: EngineOptions, { log }: EngineListeners) => {
    started.push(options);
    engine.log = log;
    return engine;
  });
  const run = async (write: (text: string) => void = (text) => printed.push(text)) =>
    runTop(await contextOf(['top', ...argv], { signal: stop.signal, write }));
  return { engine, started, printed, run, stop };
}

describe('runTop', () => {
  it('prints so many reports, each of the time since the last one, and closes', async (t) => {
    const { run, printed, engine } = await top(t, ['eth0', ...FAST, '--count', '2']);
    await run();
    assert.equal(printed.length, 2);
    assert.match(printed[0] ?? '', /^pass +10 +80 +100\.0% +10 +10$/m);
    assert.match(printed[1] ?? '', /^pass +10 +80 +100\.0% +20 +20$/m);
    assert.equal(engine.reads, 3);
    assert.equal(engine.closed, 1);
  });

  it('prints one report with --once', async (t) => {
    const { run, printed } = await top(t, ['eth0', ...FAST, '--once']);
    await run();
    assert.equal(printed.length, 1);
  });

  it('prints JSON, an object a line', async (t) => {
    const { run, printed } = await top(t, ['eth0', ...FAST, '--once', '-o', 'json']);
    await run();
    assert.ok(printed[0]?.endsWith('}\n'));
    const table = JSON.parse(printed[0] ?? '');
    assert.equal(table.devices[0].total.packetsPerSecond, 10);
    assert.equal(table.time, '1970-01-01T00:00:01.000Z');
  });

  it('is strict, and reads sizes and sources as its options say', async (t) => {
    const { run, started } = await top(t, ['eth0', ...FAST, '--once', '--top.prefix-v4', '24']);
    await run();
    const [options] = started;
    assert.equal(options?.strict, true);
    assert.equal(options?.packetSizes, true);
    assert.equal(options?.logger?.output, 'top');
    assert.equal(options?.logger?.top.prefixV4, 24);
    assert.deepEqual(options?.selection.include, ['eth0']);
  });

  it('ends at the signal, in the middle of an interval, and closes', async (t) => {
    const { run, printed, engine, stop } = await top(t, ['eth0', '--interval', '3600']);
    const running = run();
    setImmediate(() => stop.abort());
    await running;
    assert.equal(printed.length, 0);
    assert.equal(engine.closed, 1);
  });

  it('ends at the signal between two reports', async (t) => {
    const { run, engine, stop } = await top(t, ['eth0', ...FAST]);
    const printed: string[] = [];
    await run((text) => {
      printed.push(text);
      stop.abort();
    });
    assert.equal(printed.length, 1);
    assert.equal(engine.closed, 1);
  });

  it('ends with the reason of an engine that dies, and closes', async (t) => {
    const { run, engine, stop } = await top(t, ['eth0', '--interval', '3600']);
    engine.failed = Promise.reject(new ExporterError('read rings: boom'));
    engine.failed.catch(() => {});
    await assert.rejects(run(), /read rings: boom/);
    assert.equal(engine.closed, 1);
    stop.abort();
  });

  it('closes the engine where a report cannot be written', async (t) => {
    const { run, engine } = await top(t, ['eth0', ...FAST, '--once']);
    const write = () => {
      throw new Error('EPIPE');
    };
    await assert.rejects(run(write), /EPIPE/);
    assert.equal(engine.closed, 1);
  });

  it('refuses --once beside --count before it starts the engine', async (t) => {
    const { run, started } = await top(t, ['eth0', '--once', '--count', '3']);
    await assert.rejects(run(), {
      name: 'ConfigError',
      message: 'read --once: it means one report, but --count says 3; use only one of the two',
    });
    assert.deepEqual(started, []);
  });

  it('prints one report with --once, whatever the variable of --count says', async (t) => {
    const { printed, engine, stop } = await top(t, []);
    const context = await contextOf(['top', 'eth0', ...FAST, '--once'], {
      ...(await parse<'top'>(['top', 'eth0', ...FAST, '--once'], { XDP_EXPORTER_COUNT: '3' })),
      signal: stop.signal,
      write: (text) => printed.push(text),
    });
    await runTop(context);
    assert.equal(printed.length, 1);
    assert.equal(engine.closed, 1);
  });

  describe('on a terminal', () => {
    /** Runs on a terminal that is made up, and presses q after the first screen. */
    async function onTerminal(t: TestContext, argv: readonly string[]) {
      const { engine, printed } = await top(t, argv);
      const terminal = makeTerminal();
      const logged: string[] = [];
      const context = await contextOf(['top', ...argv], {
        signal: new AbortController().signal,
        write: (text) => printed.push(text),
        log: ({ message }) => logged.push(message),
        terminal: terminal.streams,
      });
      const running = runTop(context);
      return { engine, printed, logged, terminal, running };
    }

    it('shows the screen until q, and then says what was logged', async (t) => {
      const { engine, printed, logged, terminal, running } = await onTerminal(t, ['eth0', ...FAST]);
      const isDrawn = () => terminal.written.some((text) => text.includes('every 1 s'));
      while (!isDrawn()) {
        await delay(5);
      }
      engine.log({ level: 'warn', message: 'detached', fields: {} });
      assert.deepEqual(logged, []);
      terminal.input.emit('keypress', 'q', { name: 'q' });
      await running;
      assert.equal(terminal.last(), LEAVE);
      assert.deepEqual(logged, ['detached']);
      assert.deepEqual(printed, []);
      assert.equal(engine.closed, 1);
    });

    for (const flags of [['--once'], ['--count', '1'], ['--count', '1', '-o', 'json']]) {
      it(`prints with ${flags.join(' ')} all the same`, async (t) => {
        const { printed, terminal, running } = await onTerminal(t, ['eth0', ...FAST, ...flags]);
        await running;
        assert.equal(printed.length, 1);
        assert.deepEqual(terminal.written, []);
      });
    }
  });

  it('shows the devices there are where none was named', async (t) => {
    const { run, started } = await top(t, []);
    await assert.rejects(run(), ConfigError);
    assert.deepEqual(started, []);
  });
});
