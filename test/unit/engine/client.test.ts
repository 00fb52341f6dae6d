// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { EngineClient } from '../../../src/engine/client.ts';
import { ExporterError, exitCodeOf } from '../../../src/errors.ts';
import type { LogRecord } from '../../../src/log.ts';
import { packetCount } from '../../../src/snapshot/packet.ts';
import type { Behaviour } from './fake-engine.ts';
import { optionsOf } from './fake-kernel.ts';

const FAKE_ENGINE = new URL('./fake-engine.js', import.meta.url);

/** Nobody waits so long: a test that would, ends by its own limit. */
const NEVER_MS = 1_000_000;
const LIMIT = { timeout: 10_000 };

let clients: EngineClient[] = [];

afterEach(async () => {
  await Promise.all(clients.map((client) => client.close()));
  clients = [];
});

async function start(
  behaviour: Behaviour,
  { answerTimeoutMs = NEVER_MS, records = [] as LogRecord[] } = {},
): Promise<EngineClient> {
  const client = await EngineClient.start(optionsOf({ include: [behaviour] }), {
    log: (record) => records.push(record),
    entry: FAKE_ENGINE,
    answerTimeoutMs,
  });
  clients.push(client);
  return client;
}

const messagesOf = (records: readonly LogRecord[]) => records.map(({ message }) => message);

describe('EngineClient', LIMIT, () => {
  it('hands on what the engine logs', async () => {
    const records: LogRecord[] = [];
    await start('obedient', { records });
    assert.deepEqual(records, [{ level: 'info', message: 'starting', fields: { device: 'eth0' } }]);
  });

  it('gives snapshots, one read for all who ask at the same time', async () => {
    const client = await start('obedient');
    const together = await Promise.all([client.snapshot(), client.snapshot(), client.snapshot()]);
    assert.deepEqual(
      together.map(({ takenAtMs }) => takenAtMs),
      [1, 1, 1],
    );
    assert.equal((await client.snapshot()).takenAtMs, 2);
  });

  it('has the engine finish, and gives its last snapshot', async () => {
    const client = await start('obedient');
    await client.snapshot();
    assert.equal((await client.finish()).takenAtMs, 2);
  });

  it('has the engine count on other devices', async () => {
    const records: LogRecord[] = [];
    const client = await start('obedient', { records });
    await client.select({ include: ['eth1'], exclude: [], defaultRoute: false });
    assert.deepEqual(messagesOf(records), ['starting', 'select eth1']);
  });

  it('passes on what the service manager is to be told', async () => {
    const records: LogRecord[] = [];
    const client = await start('obedient', { records });
    client.notify('/run/systemd/notify', 'READY=1');
    await client.snapshot();
    assert.deepEqual(messagesOf(records), ['starting', 'notify /run/systemd/notify READY=1']);
  });

  it('hands on rows that come before it has started, and tells when they are dealt with', async () => {
    const records: LogRecord[] = [];
    const counts: number[] = [];
    const client = await EngineClient.start(optionsOf({ include: ['eager'] }), {
      log: (record) => records.push(record),
      packets(rows, done) {
        counts.push(packetCount(rows));
        done();
      },
      entry: FAKE_ENGINE,
    });
    clients.push(client);
    await client.snapshot();
    assert.deepEqual(counts, [2]);
    assert.deepEqual(messagesOf(records), ['starting', 'written 2']);
  });

  it('rejects what the engine refuses, and goes on', async () => {
    const client = await start('restless');
    await assert.rejects(client.finish(), {
      name: 'EngineError',
      message: 'finish: not yet',
      exitCode: 1,
    });
    assert.equal((await client.snapshot()).takenAtMs, 1);
  });

  it('matches answers to commands, whatever their order', async () => {
    const client = await start('restless');
    const refused = assert.rejects(client.finish(), /not yet/);
    const [snapshot] = await Promise.all([client.snapshot(), refused]);
    assert.equal(snapshot.takenAtMs, 1);
  });

  it('rejects a snapshot that is none', async () => {
    const client = await start('empty-handed');
    await assert.rejects(client.snapshot(), /the engine answered without one/);
    await assert.rejects(client.finish(), /the engine answered without one/);
  });

  it('gives up on an engine that does not answer, for each command anew', async () => {
    const client = await start('silent', { answerTimeoutMs: 20 });
    const message = 'ask engine for snapshot: no answer within 0.02 s';
    await assert.rejects(client.snapshot(), { name: 'ExporterError', message });
    await assert.rejects(client.snapshot(), { message });
    await assert.rejects(client.finish(), /ask engine for finish: no answer/);
  });

  it('takes no late answer for that of a later command', async () => {
    const client = await start('late', { answerTimeoutMs: 20 });
    await assert.rejects(client.snapshot(), /no answer/);
    assert.equal((await client.snapshot()).takenAtMs, 1);
  });
});

describe('EngineClient of an engine that cannot run', LIMIT, () => {
  it('rejects the start with the exit code of the engine', async () => {
    await assert.rejects(start('fatal'), (error) => {
      assert.ok(error instanceof ExporterError);
      assert.equal(error.message, 'start the exporter: missing CAP_BPF');
      assert.equal(exitCodeOf(error), 2);
      return true;
    });
  });

  it('rejects the start where the engine throws', async () => {
    await assert.rejects(start('throws-at-start'), (error) => {
      assert.ok(error instanceof ExporterError);
      assert.equal(error.message, 'run engine thread: injected fault');
      assert.equal((error.cause as Error).message, 'injected fault');
      assert.equal(exitCodeOf(error), 1);
      return true;
    });
  });
});

describe('EngineClient of an engine that dies', LIMIT, () => {
  const deaths: readonly { behaviour: Behaviour; message: string; exitCode: number }[] = [
    {
      behaviour: 'fatal-on-command',
      message: 'start the exporter: missing CAP_BPF',
      exitCode: 2,
    },
    {
      behaviour: 'throws-on-command',
      message: 'run engine thread: injected fault',
      exitCode: 1,
    },
    {
      behaviour: 'exits-on-command',
      message: 'run engine thread: it ended with code 3',
      exitCode: 1,
    },
  ];
  for (const { behaviour, message, exitCode } of deaths) {
    it(`rejects all that wait, and tells those who watch (${behaviour})`, async () => {
      const client = await start(behaviour);
      const waiting = [client.snapshot(), client.finish(), client.failed];
      for (const outcome of await Promise.allSettled(waiting)) {
        assert.equal(outcome.status, 'rejected');
        assert.equal(outcome.reason.message, message);
        assert.equal(exitCodeOf(outcome.reason), exitCode);
      }
      await client.close();
    });
  }

  it('closes without waiting for an answer', async (t) => {
    for (const behaviour of ['throws-on-command', 'exits-on-command'] as const) {
      const client = await start(behaviour);
      await assert.rejects(client.snapshot());
      t.mock.timers.enable({ apis: ['setTimeout'] });
      await client.close();
      t.mock.timers.reset();
    }
  });

  it('refuses what is asked of it afterwards, at once and for the right reason', async () => {
    const client = await start('exits-on-command', { answerTimeoutMs: 100 });
    await assert.rejects(client.snapshot(), /run engine thread: it ended/);
    await assert.rejects(client.snapshot(), /run engine thread: it ended/);
  });
});

describe('the close of EngineClient', LIMIT, () => {
  it('asks the engine once, however often it is called', async () => {
    const records: LogRecord[] = [];
    const client = await start('obedient', { records });
    await Promise.all([client.close(), client.close()]);
    await client.close();
    assert.deepEqual(messagesOf(records), ['starting', 'closing']);
  });

  it('has ended for everyone who called it', async () => {
    const records: LogRecord[] = [];
    const client = await start('obedient', { records });
    const first = client.close();
    await client.close();
    assert.deepEqual(messagesOf(records), ['starting', 'closing']);
    await first;
  });

  it('is no failure', async () => {
    const client = await start('obedient');
    let failures = 0;
    client.failed.catch(() => failures++);
    await client.close();
    await new Promise(setImmediate);
    assert.equal(failures, 0);
  });

  it('ends an engine that does not answer, after a second, and rejects what still waits', async (t) => {
    const client = await start('silent');
    const waiting = assert.rejects(client.snapshot(), /it ended with code/);
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const closing = client.close();
    t.mock.timers.tick(1000);
    t.mock.timers.reset();
    await closing;
    await waiting;
  });
});
