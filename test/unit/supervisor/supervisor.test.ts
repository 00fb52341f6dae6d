// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { ConfigError } from '../../../src/errors.ts';
import { snapshotOf } from '../catalogue/snapshots.ts';
import { closeAll, dead, OPTIONS, supervise, wireAt } from './supervise.ts';

const LONG_MS = 10_000;

afterEach(closeAll);

describe('Supervisor', { timeout: 30_000 }, () => {
  it('starts a wire, and answers it', async () => {
    const { supervisor, wires, log } = await supervise([]);
    await supervisor.started();
    assert.deepEqual(wires[0]?.started, [{ ...OPTIONS, counts: { cpuSeconds: 0 } }]);
    const reading = await wires[0]?.engine.call('snapshot', { cpuSeconds: 1 }, LONG_MS);
    assert.deepEqual(reading?.snapshot, snapshotOf([]));
    assert.equal(reading?.wire.isolation, 'user');
    assert.equal(reading?.wire.restarts, 0);
    wires[0]?.engine.tell('log', { level: 'warn', message: 'from the wire', fields: {} });
    await wires[0]?.engine.call('snapshot', { cpuSeconds: 1 }, LONG_MS);
    assert.deepEqual(log.at('warn'), ['from the wire']);
  });

  it('has a wire serve only once there is what it serves', async () => {
    let beReady = () => {};
    const ready = new Promise<void>((resolve) => {
      beReady = resolve;
    });
    const { supervisor, wires } = await supervise([], undefined, ready);
    await delay(50);
    assert.deepEqual([wires.length, wires[0]?.started], [1, []]);
    beReady();
    await supervisor.started();
    assert.equal(wires[0]?.started.length, 1);
  });

  it('fails where what it serves cannot be had, and leaves no wire', async () => {
    let fail: (error: Error) => void = () => {};
    const ready = new Promise<void>((_, reject) => {
      fail = reject;
    });
    const { supervisor, wires } = await supervise([], { isolation: 'ambient' }, ready);
    fail(new ConfigError('load modules: none'));
    await assert.rejects(supervisor.started(), /^ConfigError: load modules: none$/);
    assert.equal(wires[0]?.killed, 1);
  });

  it('replaces a wire that ends, which goes on from the counts of the last', async () => {
    const { supervisor, wires, log } = await supervise([]);
    await supervisor.started();
    const exports = { success: 4, failure: 1 };
    const push = { startedAtMs: 5, exports, lastSuccessAtMs: 9 };
    await wires[0]?.engine.call('snapshot', { cpuSeconds: 2.5, push }, LONG_MS);
    wires[0]?.die('SIGSEGV: boom');
    const next = await wireAt(wires, 1);
    assert.deepEqual(next.started[0]?.counts, { cpuSeconds: 2.5, push });
    assert.deepEqual(log.at('error'), [
      'the wire process ended: SIGSEGV: boom; counting continues, and the process is restarted',
    ]);
    const reading = await next.engine.call('snapshot', { cpuSeconds: 0, push }, LONG_MS);
    assert.equal(reading.wire.restarts, 1);
  });

  it('believes no wire that says less than one before it', async () => {
    const { supervisor, wires } = await supervise([]);
    await supervisor.started();
    const push = {
      startedAtMs: 5,
      exports: { success: 4, failure: 1 },
      lastSuccessAtMs: 9,
    };
    await wires[0]?.engine.call('snapshot', { cpuSeconds: 2, push }, LONG_MS);
    const less = {
      startedAtMs: 6,
      exports: { success: 1, failure: 0 },
      lastSuccessAtMs: 9,
    };
    await wires[0]?.engine.call('snapshot', { cpuSeconds: 1, push: less }, LONG_MS);
    wires[0]?.die('x');
    const next = await wireAt(wires, 1);
    assert.deepEqual(next.started[0]?.counts, {
      cpuSeconds: 2,
      push: { ...push, exports: { success: 4, failure: 1 } },
    });
  });

  it('replaces a wire that does not answer', async () => {
    const { supervisor, wires } = await supervise([{ ping: () => new Promise(() => {}) as never }]);
    await supervisor.started();
    await wireAt(wires, 1);
    assert.equal(wires[0]?.killed, 1);
  });

  it('ends a wire that breaks the rules of the border', async () => {
    const { supervisor, wires } = await supervise([]);
    await supervisor.started();
    const nonsense = { level: 'loud', message: 'x'.repeat(100_000), fields: {} };
    wires[0]?.engine.tell('log', nonsense as never);
    await wireAt(wires, 1);
  });

  it('tries again, ever later, while no wire can be started any more', async () => {
    const { supervisor, wires, log } = await supervise([{}, 'EAGAIN', 'EAGAIN']);
    await supervisor.started();
    wires[0]?.die('x');
    await wireAt(wires, 1);
    assert.deepEqual(
      log.fieldsAt('error').map(({ delay_ms }) => delay_ms),
      [100, 200, 400],
    );
    assert.equal(log.at('error')[1], 'start wire process: EAGAIN; it is restarted');
  });

  it('goes on as the same user, and says why, where the other one cannot', async () => {
    const { supervisor, isolations, log } = await supervise(['EPERM']);
    await supervisor.started();
    assert.deepEqual(isolations, ['user', 'none']);
    assert.match(
      String(log.fieldsAt('warn')[0]?.['reason']),
      /^start wire process: EPERM; let user/,
    );
  });

  it('says so once where it was to be no other user from the start', async () => {
    const plan = { isolation: 'none', reason: 'root lacks CAP_SETUID' } as const;
    const { supervisor, isolations, log } = await supervise([], plan);
    await supervisor.started();
    assert.deepEqual(isolations, ['none']);
    assert.deepEqual(log.fieldsAt('warn'), [{ reason: 'root lacks CAP_SETUID' }]);
  });

  it('fails where none can be started at all, with the reason of the last', async () => {
    const { supervisor } = await supervise(['EPERM', 'ENOMEM']);
    await assert.rejects(supervisor.started(), /^ExporterError: start wire process: ENOMEM$/);
  });

  it('fails with what the wire says of itself where it ends', async () => {
    const { supervisor, wires } = await supervise([dead], { isolation: 'ambient' });
    wires[0]?.die('exit code 1: Error: Cannot find module');
    await assert.rejects(
      supervisor.started(),
      /^ExporterError: run wire process: exit code 1: Error: Cannot find module$/,
    );
  });

  it('fails with the refusal of a wire that could start, and tries no other', async () => {
    const refusal = async () => {
      throw new ConfigError('read X: no');
    };
    const { supervisor, isolations } = await supervise([{ start: refusal }]);
    await assert.rejects(supervisor.started(), { message: 'read X: no', exitCode: 2 });
    assert.deepEqual(isolations, ['user']);
  });

  it('starts the next one as the user that the engine has become', async () => {
    const { supervisor, wires, isolations } = await supervise([]);
    await supervisor.started();
    supervisor.dropped();
    (await wireAt(wires, 0)).die('SIGKILL');
    await wireAt(wires, 1);
    assert.deepEqual(isolations, ['user', 'ambient']);
  });

  it('hands the last snapshot over when it closes, and restarts nothing', async () => {
    const { supervisor, wires, log } = await supervise([]);
    await supervisor.started();
    await supervisor.close(snapshotOf([]));
    assert.deepEqual(
      wires[0]?.finished.map((reading) => reading?.snapshot),
      [snapshotOf([])],
    );
    await delay(150);
    assert.equal(wires.length, 1);
    assert.deepEqual(log.at('error'), []);
  });
});
