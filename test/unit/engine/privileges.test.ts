// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findDropUser, requireDroppable } from '../../../src/engine/privileges.ts';

const USERS = `root:x:0:0:root:/root:/bin/bash
daemon:x:1:1::/usr/sbin:/usr/sbin/nologin
exporter:x:998:997::/:/usr/sbin/nologin
toor:x:0:5::/:/bin/sh
wheel:x:77:0::/:/bin/sh
`;
const users = () => USERS;

describe('requireDroppable', () => {
  const statusWith = (effective: string) => `CapEff:\t${effective}\n`;

  it('lets root through who may change users and groups', () => {
    requireDroppable(0, statusWith('00000000000000c0'));
  });

  it('names what root lacks', () => {
    assert.throws(() => requireDroppable(0, statusWith('0000000000000080')), {
      name: 'RequirementError',
      message: /missing CAP_SETGID \(/,
    });
    assert.throws(() => requireDroppable(0, statusWith('0000000000000000')), {
      message: /missing CAP_SETUID, CAP_SETGID \(/,
    });
  });

  it('refuses another user, whatever he may do', () => {
    assert.throws(() => requireDroppable(1000, statusWith('000001ffffffffff')), {
      name: 'RequirementError',
      message: /the process runs as uid 1000, and only root .*; start it as root/,
    });
  });
});

describe('findDropUser', () => {
  it('knows nobody without asking', () => {
    const never = () => assert.fail('it asked');
    assert.deepEqual(findDropUser('nobody', never), { name: 'nobody', uid: 65_534, gid: 65_534 });
  });

  it('finds a user by name, and by number', () => {
    const exporter = { name: 'exporter', uid: 998, gid: 997 };
    assert.deepEqual(findDropUser('exporter', users), exporter);
    assert.deepEqual(findDropUser('998', users), exporter);
  });

  it('takes a number that is not listed, for the group as well', () => {
    assert.deepEqual(findDropUser('4000', users), { name: '4000', uid: 4000, gid: 4000 });
  });

  it('refuses a name that is not listed', () => {
    assert.throws(() => findDropUser('expoter', users), {
      name: 'ConfigError',
      message: 'drop privileges: no user "expoter" in /etc/passwd; create it, or give a uid',
    });
  });

  for (const user of ['root', 'toor', 'wheel', '77']) {
    it(`refuses ${user}, who has a number of root`, () => {
      assert.throws(() => findDropUser(user, users), { message: /is root or in its group; give/ });
    });
  }
});
