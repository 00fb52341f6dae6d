// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { afterEach, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { WireCalls } from '../../../src/border/calls.ts';
import type { Isolation } from '../../../src/catalogue/process-families.ts';
import { ConfigError } from '../../../src/errors.ts';
import type { IsolationPlan } from '../../../src/supervisor/isolation.ts';
import { Supervisor } from '../../../src/supervisor/supervisor.ts';
import { socketPair } from '../border/socket-pair.ts';
import { snapshotOf } from '../catalogue/snapshots.ts';
import { FakeLog } from '../fake-log.ts';
import { FakeWire } from './fake-wire.ts';

const LONG_MS = 10_000;
const OPTIONS = {
  version: '1',
  listenFd: 3,
  telemetryPath: '/metrics',
  live: false,
  disableExporterMetrics: false,
  listenAddress: ':1',
  netnsInode: 7,
} as const;

let open: Supervisor<string>[] = [];
let sockets: Socket[] = [];

afterEach(async () => {
  await Promise.all(open.map((supervisor) => supervisor.close(undefined)));
  open = [];
  for (const socket of sockets) {
    socket.destroy();
  }
  sockets = [];
});

/** @param behaviours of the wires, in their order; a string is thrown by the attempt to spawn one */
async function supervise(
  behaviours: readonly (Partial<WireCalls<string>> | string)[],
  plan: IsolationPlan = { isolation: 'user' },
) {
  const log = new FakeLog();
  const wires: FakeWire[] = [];
  const isolations: Isolation[] = [];
  const pairs = await Promise.all(Array.from({ length: 6 }, () => socketPair()));
  sockets.push(...pairs.flat());
  const supervisor = new Supervisor<string>({
    options: OPTIONS,
    plan,
    snapshot: () => snapshotOf([]),
    files: () => ({}),
    openPackets: () => assert.fail('no packets'),
    log: log.log,
    spawn(isolation) {
      const behaviour = behaviours[isolations.length] ?? {};
      isolations.push(isolation);
      const pair = pairs.shift() ?? assert.fail('too many wires');
      if (typeof behaviour === 'string') {
        throw new Error(behaviour);
      }
      const wire = new FakeWire(pair, behaviour);
      wires.push(wire);
      return wire.process;
    },
    answerLimitMs: 100,
    pingIntervalMs: 10,
  });
  open.push(supervisor);
  return { supervisor, log, wires, isolations };
}

const dead: Partial<WireCalls<string>> = { start: () => new Promise(() => {}) };

async function wireAt(wires: readonly FakeWire[], index: number): Promise<FakeWire> {
  for (let tries = 0; tries < 400; tries++) {
    const wire = wires[index];
    if (wire !== undefined && wire.started.length > 0) {
      return wire;
    }
    await delay(10);
  }
  return assert.fail(`there is no wire ${index}`);
}

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
      'the wire process ended: SIGSEGV: boom; counting goes on, and it is started again',
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
    assert.equal(log.at('error')[1], 'start wire process: EAGAIN; it is started again');
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
