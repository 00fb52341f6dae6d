// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import bcrypt from 'bcryptjs';
import { checkPassword } from '../../../src/passwords/check-password.ts';

const SECRET = '$2y$04$v5hLXZQbw1SgyhMrf3fGL.PKn22MPY19FuW.mJJQrSawTpdbfSvOK';

/** As another implementation, libxcrypt, has it. */
const EMPTY = '$2a$06$DCq7YPn5Rq63x1Lad4cll.TV4S6ytwfsfvkgY8jIucDrjc8deX1s.';

describe('checkPassword', () => {
  it('knows the password of a hash', () => {
    assert.equal(checkPassword({ password: 'secret', hash: SECRET, cost: 4 }), true);
    assert.equal(checkPassword({ password: 'Secret', hash: SECRET, cost: 4 }), false);
    assert.equal(checkPassword({ password: '', hash: SECRET, cost: 6 }), false);
    assert.equal(checkPassword({ password: '', hash: EMPTY, cost: 6 }), true);
  });

  it('takes the rounds of the dearest hash for each', (t) => {
    const rounds: number[] = [];
    const count = (text: string) => rounds.push(2 ** Number(text.split('$')[2]));
    t.mock.method(bcrypt, 'compareSync', (_: string, hash: string) => count(hash) > 0);
    t.mock.method(bcrypt, 'hashSync', (_: string, salt: string) => String(count(salt)));
    for (const cost of [4, 5, 10, 14]) {
      rounds.length = 0;
      assert.equal(checkPassword({ password: 'x', hash: SECRET, cost }), true);
      const sum = rounds.reduce((one, other) => one + other, 0);
      assert.equal(sum, 2 ** cost);
    }
  });
});
