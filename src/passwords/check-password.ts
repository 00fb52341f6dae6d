// SPDX-License-Identifier: Apache-2.0
// Whether a password is that of a hash, in a time that does not tell how dear the hash is.
import bcrypt from 'bcryptjs';
import type { PasswordCalls } from '../border/calls.ts';

/** 22 characters: 128 bits. */
const NO_SALT = '.'.repeat(22);

/**
 * bcrypt takes 2^cost rounds. A cheaper hash is made up for by hashing at its own cost and at each one from there to below
 * `cost`, which is exactly what is missing: 2^c + (2^c + ... + 2^(cost-1)) = 2^cost.
 */
export const checkPassword: PasswordCalls['check'] = ({ password, hash, cost }) => {
  const isRight = bcrypt.compareSync(password, hash);
  for (let next = bcrypt.getRounds(hash); next < cost; next++) {
    bcrypt.hashSync(password, `$2b$${String(next).padStart(2, '0')}$${NO_SALT}`);
  }
  return isRight;
};
