// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { type CheckPassword, Logins } from '../../../src/http/logins.ts';

const hash = (cost: string, letter: string) => `$2b$${cost}$${letter.repeat(53)}`;
const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

type Check = Parameters<CheckPassword>[0];

describe('Logins', () => {
  let checks: Check[];
  let logins: Logins;
  let hold: Promise<void> | undefined;

  beforeEach(() => {
    checks = [];
    hold = undefined;
    // The password is right that is the last letter of the hash.
    logins = new Logins(async (check) => {
      checks.push(check);
      await hold;
      return check.hash.endsWith(check.password);
    });
    const users = { prom: hash('10', 'a'), low: hash('04', 'b'), 'ü:': hash('04', 'c') };
    logins.setUsers(new Map(Object.entries(users)));
  });

  const judge = (text: string, client = '192.0.2.1') => logins.judge(basic(text), client);

  it('lets everybody in where there are no users', async () => {
    logins.setUsers(new Map());
    assert.equal(await logins.judge(undefined, 'a'), 'accepted');
    assert.deepEqual(checks, []);
  });

  it('checks a right password once, and remembers no wrong one', async () => {
    assert.equal(await judge('prom:a'), 'accepted');
    assert.equal(await judge('prom:a'), 'accepted');
    assert.equal(checks.length, 1);
    assert.equal(await judge('prom:x'), 'refused');
    assert.equal(await judge('prom:x'), 'refused');
    assert.equal(checks.length, 3);
  });

  it('has every check take as long: that of a cheap hash, and that of a user who is none', async () => {
    await judge('low:x');
    await judge('nobody:x');
    assert.deepEqual(
      checks.map(({ hash: against, cost }) => [against, cost]),
      [
        [hash('04', 'b'), 10],
        [hash('10', '.'), 10],
      ],
    );
  });

  it('lets nobody in who is no user, whatever the check of the password says', async () => {
    assert.equal(await judge('nobody:.'), 'refused');
    assert.equal(await judge('constructor:.'), 'refused');
    assert.equal(checks.length, 2);
  });

  it('refuses what is no user and password at once', async () => {
    for (const header of [
      undefined,
      '',
      'Basic',
      'Bearer cHJvbTph',
      'Basic !',
      basic('prom'),
      `${basic('prom:a')} ${basic('prom:a')}`,
    ]) {
      assert.equal(await logins.judge(header, 'a'), 'refused', header);
    }
    assert.deepEqual(checks, []);
  });

  it('takes any case of the scheme, and colons in the password', async () => {
    assert.equal(await logins.judge(basic('prom:a').replace('Basic', 'bAsIc'), 'a'), 'accepted');
    await judge('prom:a:b');
    assert.equal(checks.at(-1)?.password, 'a:b');
  });

  it('shares a check among those who ask the same, and refuses what is too much', async () => {
    let end: () => void = () => {};
    hold = new Promise((resolve) => {
      end = resolve;
    });
    const same = [judge('prom:a'), judge('prom:a'), judge('prom:a')];
    const others = [judge('prom:1'), judge('prom:2')];
    assert.equal(await judge('prom:3'), 'busy');
    // Also that who asks the same as one who waits is none too many.
    same.push(judge('prom:a'));
    end();
    assert.deepEqual([...new Set(await Promise.all(same))], ['accepted']);
    assert.deepEqual(await Promise.all(others), ['refused', 'refused']);
    assert.equal(checks.length, 3);
  });

  it('forgets what it knew when the users change, also while a check is under way', async () => {
    await judge('prom:a');
    logins.setUsers(new Map([['prom', hash('04', 'z')]]));
    assert.equal(await judge('prom:a'), 'refused');
    let end: () => void = () => {};
    hold = new Promise((resolve) => {
      end = resolve;
    });
    const late = judge('prom:z', 'other');
    logins.setUsers(new Map([['prom', hash('04', 'y')]]));
    end();
    assert.equal(await late, 'refused');
  });

  it('remembers so many logins and no more', async () => {
    const names = Array.from({ length: 129 }, (_, index) => `u${index}`);
    logins.setUsers(new Map(names.map((name) => [name, hash('04', 'a')])));
    for (const name of names) {
      assert.equal(await judge(`${name}:a`), 'accepted');
    }
    await judge('u128:a');
    await judge('u1:a');
    assert.equal(checks.length, 129);
    await judge('u0:a');
    assert.equal(checks.length, 130);
  });
});
