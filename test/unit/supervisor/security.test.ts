// SPDX-License-Identifier: Apache-2.0
// Rules that change while a wire serves.
import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { ConfigError } from '../../../src/errors.ts';
import { OPEN_TO_ALL } from '../../../src/web-config/web-security.ts';
import { closeAll, supervise, wireAt } from './supervise.ts';

const LONG_MS = 10_000;

afterEach(closeAll);

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 400 && !holds(); tries++) {
    await delay(10);
  }
}

describe('Supervisor', { timeout: 30_000 }, () => {
  it('has the wire serve by other rules, and the next one from its start', async () => {
    const { supervisor, wires } = await supervise([]);
    await supervisor.started();
    const users = new Map([['prom', 'hash']]);
    supervisor.secure({ headers: {}, users });
    await until(() => wires[0]?.secured.length === 1);
    assert.deepEqual(wires[0]?.secured[0]?.users, users);
  });

  it('says so where the wire refuses other rules', async () => {
    const secure = () => Promise.reject(new ConfigError('bad key'));
    const { supervisor, log } = await supervise([{ secure }]);
    await supervisor.started();
    supervisor.secure(OPEN_TO_ALL);
    await until(() => log.at('error').length > 0);
    assert.deepEqual(log.at('error'), [
      'secure wire process: bad key; the previous settings stay in force',
    ]);
  });

  it('replaces a wire when it is told to, which is no restart, and lets it finish first', async () => {
    const { supervisor, wires, log } = await supervise([]);
    await supervisor.started();
    await supervisor.replace();
    const next = await wireAt(wires, 1);
    assert.equal(wires[0]?.finished.length, 1);
    const { wire } = await next.engine.call('snapshot', { cpuSeconds: 0 }, LONG_MS);
    assert.equal(wire.restarts, 0);
    assert.deepEqual(log.at('error'), []);
  });
});
