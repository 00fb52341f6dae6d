// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { runTop } from '../../../src/cli/top.ts';
import type { RawValues } from '../../../src/config.ts';
import { EngineClient } from '../../../src/engine/client.ts';
import type { EngineOptions } from '../../../src/engine/messages.ts';
import { ConfigError, ExporterError } from '../../../src/errors.ts';
import type { Snapshot } from '../../../src/snapshot/snapshot.ts';

type Given = Readonly<Record<string, string | boolean>>;

const FAST: Given = {
  device: 'eth0',
  interval: '0.1',
  output: 'text',
  mode: 'auto',
  'xdp-mode': 'auto',
};

function valuesOf(given: Given): RawValues {
  return {
    text: (name) => given[name] as string | undefined,
    texts: (name) => [given[name] ?? []].flat() as string[],
    isOn: (name) => given[name] === true,
  };
}

/** Runs the command on an engine whose snapshots count ten packets each second. */
async function top(t: TestContext, given: Given, stop = new AbortController()) {
  const started: EngineOptions[] = [];
  const printed: string[] = [];
  const engine = {
    reads: 0,
    closed: 0,
    failed: new Promise<never>(() => {}),
    async snapshot(): Promise<Snapshot> {
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
    async close() {
      this.closed++;
    },
  };
  t.mock.method(EngineClient, 'start', async (options: EngineOptions) => {
    started.push(options);
    return engine;
  });
  const run = (write: (text: string) => void = (text) => printed.push(text)) =>
    runTop({
      values: valuesOf(given),
      version: '1.2.3',
      signal: stop.signal,
      log: () => {},
      write,
    });
  return { engine, started, printed, run, stop };
}

describe('runTop', () => {
  it('prints so many tables, each of the time since the last one, and closes', async (t) => {
    const { run, printed, engine } = await top(t, { ...FAST, count: '2', interval: '0.1' });
    await run();
    assert.equal(printed.length, 2);
    assert.match(printed[0] ?? '', /^pass +10 +10 +10 +10$/m);
    assert.match(printed[1] ?? '', /^pass +20 +10 +20 +10$/m);
    assert.equal(engine.reads, 3);
    assert.equal(engine.closed, 1);
  });

  it('prints one table with --once', async (t) => {
    const { run, printed } = await top(t, { ...FAST, once: true });
    await run();
    assert.equal(printed.length, 1);
  });

  it('prints JSON, an object a line', async (t) => {
    const { run, printed } = await top(t, { ...FAST, once: true, output: 'json' });
    await run();
    assert.ok(printed[0]?.endsWith('}\n'));
    const table = JSON.parse(printed[0] ?? '');
    assert.equal(table.devices[0].total.packetsPerSecond, 10);
    assert.equal(table.time, '1970-01-01T00:00:01.000Z');
  });

  it('is strict, and reads no packet sizes', async (t) => {
    const { run, started } = await top(t, { ...FAST, once: true });
    await run();
    assert.equal(started[0]?.strict, true);
    assert.equal(started[0]?.packetSizes, false);
    assert.deepEqual(started[0]?.selection.include, ['eth0']);
  });

  it('ends at the signal, in the middle of an interval, and closes', async (t) => {
    const { run, printed, engine, stop } = await top(t, { ...FAST, interval: '3600' });
    const running = run();
    setImmediate(() => stop.abort());
    await running;
    assert.equal(printed.length, 0);
    assert.equal(engine.closed, 1);
  });

  it('ends at the signal between two tables', async (t) => {
    const { run, engine, stop } = await top(t, FAST);
    const printed: string[] = [];
    await run((text) => {
      printed.push(text);
      stop.abort();
    });
    assert.equal(printed.length, 1);
    assert.equal(engine.closed, 1);
  });

  it('ends with the reason of an engine that dies, and closes', async (t) => {
    const { run, engine, stop } = await top(t, { ...FAST, interval: '3600' });
    engine.failed = Promise.reject(new ExporterError('run engine thread: boom'));
    engine.failed.catch(() => {});
    await assert.rejects(run(), /run engine thread: boom/);
    assert.equal(engine.closed, 1);
    stop.abort();
  });

  it('closes the engine where a table cannot be written', async (t) => {
    const { run, engine } = await top(t, { ...FAST, once: true });
    const write = () => {
      throw new Error('EPIPE');
    };
    await assert.rejects(run(write), /EPIPE/);
    assert.equal(engine.closed, 1);
  });

  const mistakes: readonly { given: Given; message: RegExp }[] = [
    { given: { ...FAST, interval: '0' }, message: /^read --interval "0": not a number of seconds/ },
    { given: { ...FAST, interval: '3601' }, message: /^read --interval "3601": not a number/ },
    { given: { ...FAST, count: '0' }, message: /^read --count "0": / },
    { given: { ...FAST, count: '1.5' }, message: /^read --count "1\.5": / },
    { given: { ...FAST, count: 'x' }, message: /^read --count "x": / },
    { given: { ...FAST, count: '3', once: true }, message: /^read --once: .*--count/ },
    { given: { ...FAST, output: 'xml' }, message: /^read --output "xml": not one of text, json$/ },
    { given: { ...FAST, 'xdp-mode': 'turbo' }, message: /^read --xdp-mode "turbo"/ },
  ];
  for (const { given, message } of mistakes) {
    it(`refuses ${JSON.stringify(given)} before it starts the engine`, async (t) => {
      const { run, started } = await top(t, given);
      await assert.rejects(run(), (error) => {
        assert.ok(error instanceof ConfigError);
        assert.match(error.message, message);
        return true;
      });
      assert.deepEqual(started, []);
    });
  }

  it('shows the devices there are where none was named', async (t) => {
    const { run, started } = await top(t, { ...FAST, device: '' });
    await assert.rejects(run(), ConfigError);
    assert.deepEqual(started, []);
  });
});
