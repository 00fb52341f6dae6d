// SPDX-License-Identifier: Apache-2.0
// A router's table is searched for default routes only when something has changed: that starves the rings.
import assert from 'node:assert/strict';
import { beforeEach, describe, it, type TestContext } from 'node:test';
import { Session } from '../../../src/engine/session.ts';
import { SystemError } from '../../../src/errors.ts';
import { FakeLog } from '../fake-log.ts';
import { optionsOf } from './engine-options.ts';
import { FakeKernel } from './fake-kernel.ts';

describe('Session on default routes', () => {
  let kernel: FakeKernel;
  let log: FakeLog;
  let nowMs: number;
  beforeEach(() => {
    kernel = new FakeKernel();
    log = new FakeLog();
    nowMs = 1_000;
    kernel.home.plug('eth0', 'eth1');
    kernel.home.routes = [1];
  });

  function open(t: TestContext, netns: readonly string[] = []): Session {
    t.mock.method(performance, 'now', () => nowMs);
    return new Session(kernel, optionsOf({ defaultRoute: true }, { netns }), log.log);
  }

  const wantedOf = (session: Session) =>
    session.snapshot().devices.flatMap(({ name, wanted }) => (wanted ? [name] : []));

  it('searches once while nothing changes, and again after a minute', (t) => {
    const session = open(t);
    for (let look = 0; look < 30; look++) {
      session.rescan();
      nowMs += 2_000;
    }
    assert.equal(kernel.home.searches, 1);
    session.rescan();
    assert.equal(kernel.home.searches, 2);
  });

  it('searches again after every change, whoever heard of it first', (t) => {
    const session = open(t);
    session.rescan();
    kernel.home.routes = [2];
    session.rescan();
    assert.deepEqual(wantedOf(session), ['eth1']);
    kernel.home.routes = [1, 2];
    assert.equal(session.changed(), true);
    session.rescan();
    assert.deepEqual(wantedOf(session), ['eth0', 'eth1']);
    session.rescan();
    assert.equal(kernel.home.searches, 3);
  });

  it('searches at every look where it cannot listen', (t) => {
    kernel.namespaces.listenFailure = new SystemError('open netlink socket', 'EMFILE');
    const session = open(t);
    session.rescan();
    kernel.home.routes = [2];
    session.rescan();
    assert.deepEqual(wantedOf(session), ['eth1']);
    session.rescan();
    assert.equal(kernel.home.searches, 3);
  });

  it('searches again where a search failed or its socket broke', (t) => {
    const session = open(t);
    session.rescan();
    kernel.home.routes = [2];
    kernel.home.routeFailure = new SystemError('list routes', 'ENOBUFS');
    session.rescan();
    assert.deepEqual(wantedOf(session), ['eth0']);
    kernel.home.routeFailure = undefined;
    session.rescan();
    assert.deepEqual(wantedOf(session), ['eth1']);
    kernel.home.socketFailure = new SystemError('read netlink notices', 'ENOMEM');
    kernel.home.routes = [1];
    session.rescan();
    kernel.home.socketFailure = undefined;
    session.rescan();
    assert.deepEqual(wantedOf(session), ['eth0']);
  });

  it('searches only in the namespace in which something changed', (t) => {
    const blue = kernel.namespaces.make('blue');
    const red = kernel.namespaces.make('red');
    for (const namespace of [blue, red]) {
      namespace.plug('eth0', 'eth1');
      namespace.routes = [1];
    }
    const session = open(t, ['blue', 'red']);
    session.rescan();
    red.routes = [2];
    session.rescan();
    assert.deepEqual([blue.searches, red.searches], [1, 2]);
    assert.deepEqual(wantedOf(session), ['eth0', 'eth1']);
  });

  it('searches a namespace that was made anew under its name', (t) => {
    kernel.namespaces.make('blue').plug('eth0', 'eth1');
    const session = open(t, ['blue']);
    session.rescan();
    const blue = kernel.namespaces.make('blue');
    blue.plug('eth0', 'eth1');
    blue.routes = [2];
    session.rescan();
    assert.deepEqual(wantedOf(session), ['eth1']);
  });
});
