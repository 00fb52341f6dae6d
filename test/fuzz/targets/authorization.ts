// SPDX-License-Identifier: Apache-2.0
// Authorization headers: of any text, those alone are let in that are a user and the password of that user.
import assert from 'node:assert/strict';
import { Logins } from '../../../src/http/logins.ts';
import type { Target } from '../target.ts';

const PASSWORDS: ReadonlyMap<string, string> = new Map([
  ['prom', 'secret'],
  ['', 'nobody'],
  ['constructor', ''],
  ['ü:ser', 'x'],
  ['colon', 'a:b'],
]);
/** In the place of bcrypt, which would take a second for each: a hash ends with the password that it is of. */
const HASHES = new Map([...PASSWORDS].map(([user, password]) => [user, `$2b$10$${password}`]));

/** RFC 7617: undefined where it is no basic authentication. */
function credentialsOf(header: string): readonly [string, string] | undefined {
  const [scheme = '', ...words] = header.split(' ').filter((word) => word !== '');
  const [encoded] = words;
  const isBasic = scheme.toLowerCase() === 'basic' && header.startsWith(scheme);
  if (
    !isBasic ||
    words.length !== 1 ||
    encoded === undefined ||
    !/^[A-Za-z\d+/]+=*$/.test(encoded)
  ) {
    return undefined;
  }
  const [user, ...rest] = Buffer.from(encoded, 'base64').toString('utf8').split(':');
  return user === undefined || rest.length === 0 ? undefined : [user, rest.join(':')];
}

export const authorization: Target = {
  name: 'authorization',
  maxBytes: 512,
  dictionary: [
    ...[...PASSWORDS].map((pair) => Buffer.from(pair.join(':')).toString('base64')),
    ...'Basic basic BASIC Bearer = == : , ; "'.split(' '),
    ' ',
    '\t',
    '\r\n',
    '\0',
    'realm="x"',
  ],
  async run(input) {
    const header = input.toString('latin1');
    const logins = new Logins(async ({ password, hash }) => hash === `$2b$10$${password}`);
    logins.setUsers(HASHES);
    const [user = '', password] = credentialsOf(header) ?? [];
    const isRight = password !== undefined && PASSWORDS.get(user) === password;
    const first = await logins.judge(header, '192.0.2.7');
    assert.equal(first, isRight ? 'accepted' : 'refused', header);
    // What is remembered lets in the same ones.
    if (isRight) {
      assert.equal(await logins.judge(header, '192.0.2.8'), 'accepted');
    }
    return undefined;
  },
};
