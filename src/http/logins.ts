// SPDX-License-Identifier: Apache-2.0
// Users and passwords by HTTP basic authentication: who is let in, without telling which users there are.
import { createHmac, randomBytes } from 'node:crypto';
import { PasswordQueue } from './password-queue.ts';

/** What a check of a password needs. It takes as long for each hash as one of the given cost. */
interface PasswordCheck {
  readonly password: string;
  readonly hash: string;
  readonly cost: number;
}

export type CheckPassword = (check: PasswordCheck) => Promise<boolean>;

export type Login = 'accepted' | 'refused' | 'busy';

/** Right ones that are remembered: more than clients that scrape and people who look. */
const MAX_REMEMBERED = 128;

const BASIC = /^basic +([a-z0-9+/]+=*) *$/i;

export class Logins {
  readonly #check: CheckPassword;
  readonly #queue = new PasswordQueue();
  /** Of no use outside this process: what is remembered is no hash that could be tried elsewhere. */
  readonly #secret = randomBytes(32);
  /** The one that was used last is the last one. */
  readonly #remembered = new Set<string>();
  readonly #underWay = new Map<string, Promise<boolean>>();
  #users: ReadonlyMap<string, string> = new Map();
  #cost = 0;

  constructor(check: CheckPassword) {
    this.#check = check;
  }

  /** @param users their bcrypt hashes; none: everybody is let in */
  setUsers(users: ReadonlyMap<string, string>): void {
    this.#users = users;
    this.#cost = Math.max(...[...users.values()].map((hash) => Number(hash.split('$')[2])));
    // The keys hold the hashes: those of others are of no more use.
    this.#remembered.clear();
  }

  /**
   * @param authorization the header of that name
   * @param client whose turn it takes
   */
  async judge(authorization: string | undefined, client: string): Promise<Login> {
    if (this.#users.size === 0) {
      return 'accepted';
    }
    const given = decode(authorization);
    if (given === undefined) {
      return 'refused';
    }
    const { user, password } = given;
    const hash = this.#users.get(user);
    const key = this.#keyOf(user, password, hash);
    if (this.#remembered.delete(key)) {
      this.#remembered.add(key);
      return 'accepted';
    }
    const cost = this.#cost;
    const check = { password, hash: hash ?? unmatched(cost), cost };
    const answer = this.#underWay.get(key) ?? this.#queue.add(client, () => this.#check(check));
    if (answer === undefined) {
      return 'busy';
    }
    this.#underWay.set(key, answer);
    try {
      if (!(await answer) || hash === undefined) {
        return 'refused';
      }
    } finally {
      this.#underWay.delete(key);
    }
    // The users may be others by now.
    if (this.#users.get(user) !== hash) {
      return 'refused';
    }
    this.#remember(key);
    return 'accepted';
  }

  #remember(key: string): void {
    this.#remembered.add(key);
    const [oldest = ''] = this.#remembered;
    if (this.#remembered.size > MAX_REMEMBERED) {
      this.#remembered.delete(oldest);
    }
  }

  #keyOf(user: string, password: string, hash: string | undefined): string {
    const text = JSON.stringify([user, password, hash]);
    return createHmac('sha256', this.#secret).update(text).digest('base64');
  }
}

function decode(authorization = ''): { user: string; password: string } | undefined {
  const [, encoded] = BASIC.exec(authorization) ?? [];
  if (encoded === undefined) {
    return undefined;
  }
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? undefined : { user: text.slice(0, colon), password: text.slice(colon + 1) };
}

/** A hash of nothing that anybody knows. */
function unmatched(cost: number): string {
  return `$2b$${String(cost).padStart(2, '0')}$${'.'.repeat(53)}`;
}
