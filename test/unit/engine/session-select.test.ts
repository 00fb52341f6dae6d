// SPDX-License-Identifier: Apache-2.0
// Another choice of devices in the midst of a run: what was counted stays.
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { Session } from '../../../src/engine/session.ts';
import { FakeLog } from '../fake-log.ts';
import { optionsOf } from './engine-options.ts';
import { FakeKernel } from './fake-kernel.ts';

describe('Session.select', () => {
  let kernel: FakeKernel;
  let session: Session;
  beforeEach(() => {
    kernel = new FakeKernel();
    kernel.home.plug('eth0', 'eth1');
    session = new Session(kernel, optionsOf({ include: ['eth0'] }), new FakeLog().log);
    session.rescan();
  });

  const namesOf = (which: 'wanted' | 'up' | 'counted') =>
    session.snapshot().devices.flatMap((device) => (device[which] ? [device.name] : []));

  it('changes what is attached at the next rescan', () => {
    session.select({ include: ['eth1'], exclude: [], defaultRoute: false });
    assert.deepEqual(namesOf('up'), ['eth0']);
    session.rescan();
    assert.deepEqual(namesOf('up'), ['eth1']);
    assert.equal(kernel.attachmentOf('eth0'), undefined);
  });

  it('keeps the counters of a device that is no longer wanted', () => {
    session.select({ include: ['*'], exclude: ['eth0'], defaultRoute: false });
    session.rescan();
    assert.deepEqual(namesOf('wanted'), ['eth1']);
    assert.deepEqual(namesOf('counted').sort(), ['eth0', 'eth1']);
  });

  it('leaves a device alone that is wanted before and after', () => {
    const before = kernel.attachmentOf('eth0');
    session.select({ include: ['eth*'], exclude: [], defaultRoute: false });
    session.rescan();
    assert.deepEqual(namesOf('up'), ['eth0', 'eth1']);
    assert.equal(kernel.attachmentOf('eth0'), before);
  });
});
