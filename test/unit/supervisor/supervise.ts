// SPDX-License-Identifier: Apache-2.0
// A supervisor of wires that are in this very process.
import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { WireCalls } from '../../../src/border/calls.ts';
import type { Isolation } from '../../../src/catalogue/process-families.ts';
import type { IsolationPlan } from '../../../src/supervisor/isolation.ts';
import { Supervisor } from '../../../src/supervisor/supervisor.ts';
import { OPEN_TO_ALL } from '../../../src/web-config/web-security.ts';
import { socketPair } from '../border/socket-pair.ts';
import { snapshotOf } from '../catalogue/snapshots.ts';
import { FakeLog } from '../fake-log.ts';
import { FakeWire } from './fake-wire.ts';

/** What each wire is started with. */
export const OPTIONS = {
  version: '1',
  listeners: [{ fd: 4, live: false }],
  security: OPEN_TO_ALL,
  telemetryPath: '/metrics',
  disableExporterMetrics: false,
  listenAddress: ':1',
  netnsInode: 7,
} as const;

let open: Supervisor<string>[] = [];
let sockets: Socket[] = [];

/** For `afterEach`. */
export async function closeAll(): Promise<void> {
  await Promise.all(open.map((supervisor) => supervisor.close(undefined)));
  open = [];
  for (const socket of sockets) {
    socket.destroy();
  }
  sockets = [];
}

/**
 * @param behaviours of the wires, in their order; a string is thrown by the attempt to spawn one
 * @param ready see `SupervisorOptions`
 */
export async function supervise(
  behaviours: readonly (Partial<WireCalls<string>> | string)[],
  plan: IsolationPlan = { isolation: 'user' },
  ready: Promise<unknown> = Promise.resolve(),
) {
  const log = new FakeLog();
  const wires: FakeWire[] = [];
  const isolations: Isolation[] = [];
  const pairs = await Promise.all(Array.from({ length: 6 }, () => socketPair()));
  sockets.push(...pairs.flat());
  const supervisor = new Supervisor<string>({
    options: () => OPTIONS,
    plan,
    ready,
    snapshot: () => snapshotOf([]),
    files: () => ({}),
    filesInForce: () => ({}),
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

/** It never serves. */
export const dead: Partial<WireCalls<string>> = { start: () => new Promise(() => {}) };

export async function wireAt(wires: readonly FakeWire[], index: number): Promise<FakeWire> {
  for (let tries = 0; tries < 400; tries++) {
    const wire = wires[index];
    if (wire !== undefined && wire.started.length > 0) {
      return wire;
    }
    await delay(10);
  }
  return assert.fail(`there is no wire ${index}`);
}
