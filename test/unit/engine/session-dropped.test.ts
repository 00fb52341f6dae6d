// SPDX-License-Identifier: Apache-2.0
// A session whose process has dropped its privileges: what is attached counts on, nothing is opened, and each is said once.
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { Session } from '../../../src/engine/session.ts';
import { SystemError } from '../../../src/errors.ts';
import { FakeLog } from '../fake-log.ts';
import { LOGGER, optionsOf } from './engine-options.ts';
import { FakeKernel } from './fake-kernel.ts';

describe('a session without privileges', () => {
  let kernel: FakeKernel;
  let log: FakeLog;
  let session: Session;

  beforeEach(() => {
    kernel = new FakeKernel();
    log = new FakeLog();
    kernel.home.plug('eth0', 'eth1');
    session = new Session(kernel, optionsOf({ include: ['eth*'] }, { logger: LOGGER }), log.log);
    session.rescan();
  });

  const drop = (work = () => {}) => session.dropPrivileges(work);
  const reasons = () =>
    session
      .snapshot()
      .devices.flatMap(({ name, wanted, reason }) => (wanted ? [[name, reason]] : []));
  const attempts = () => kernel.events.filter((event) => event.startsWith('attach')).length;

  it('reads its counters once more before it goes on, and says what would help where it may not', () => {
    kernel.counters.failure = new SystemError('read map', 'EPERM');
    assert.throws(() => drop(), {
      name: 'ExporterError',
      message:
        'read counters without capabilities: read map: EPERM; before Linux 5.19 this needs kernel.unprivileged_bpf_disabled=0: set it, or omit --drop-privileges',
    });
  });

  it('hands on what the dropping itself throws', () => {
    const failure = new Error('kept');
    assert.throws(
      () =>
        drop(() => {
          throw failure;
        }),
      failure,
    );
  });

  it('opens nothing any more, whatever comes, and warns once', () => {
    drop();
    const before = attempts();
    kernel.home.plug('eth2');
    kernel.home.unplug('eth1');
    for (let look = 0; look < 5; look++) {
      session.rescan();
    }
    assert.deepEqual(reasons(), [
      ['eth0', undefined],
      ['eth2', 'privileges_dropped'],
    ]);
    kernel.home.plug('eth1');
    session.rescan();
    session.rescan();
    assert.deepEqual(reasons(), [
      ['eth0', undefined],
      ['eth1', 'privileges_dropped'],
      ['eth2', 'privileges_dropped'],
    ]);
    assert.equal(attempts(), before);
    const warnings = log.at('warn');
    assert.equal(new Set(warnings).size, warnings.length);
  });

  it('counts on, and keeps the rings of CPUs that go offline', () => {
    drop();
    kernel.online = [0];
    session.rescan();
    session.turn();
    kernel.online = [0, 1, 2, 3];
    session.rescan();
    for (const cpu of [0, 1, 2, 3]) {
      kernel.receive('eth0', { cpu });
    }
    const { parts } = session.snapshot();
    assert.ok(parts.traffic !== undefined);
    assert.deepEqual([...kernel.transport.rings.keys()], [0, 1, 2, 3]);
    assert.ok(kernel.ringless.every((count) => count === 0n));
  });
});
