// SPDX-License-Identifier: Apache-2.0
// basic_auth_users: names, and the bcrypt hashes of their passwords.
import type { Section } from './section.ts';

/** Version, cost, and 53 characters of salt and hash. */
const HASH = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/;

const LEAST_COST = 4;

/** A check takes a second or more with this one already, and each step doubles that. */
const LARGEST_COST = 14;

/** More are a mistake, and each check would be no dearer for them. */
const MAX_USERS = 1_000;

const REMEDY = 'write what `htpasswd -nBC 10 USER` prints after the colon';

/** No hash and no password is shown. Throws a ConfigError. */
export function readUsersSection(section: Section): ReadonlyMap<string, string> {
  const users = new Map<string, string>();
  for (const name of section.keys) {
    if (name === '' || /[:\p{Cc}]/u.test(name)) {
      throw section.complain(
        name,
        'no client can send that name',
        'remove colons and control characters',
      );
    }
    const hash = section.text(name) ?? '';
    const [, digits] = HASH.exec(hash) ?? [];
    const cost = Number(digits);
    if (digits === undefined || cost < LEAST_COST) {
      throw section.complain(name, 'not a bcrypt hash', REMEDY);
    }
    if (cost > LARGEST_COST) {
      const cause = `a hash of cost ${cost} takes longer to check than a scrape may`;
      throw section.complain(name, cause, `make one with a cost of ${LARGEST_COST} or less`);
    }
    users.set(name, hash);
  }
  if (users.size > MAX_USERS) {
    const [first = ''] = users.keys();
    throw section.complain(first, `${users.size} users`, `the limit is ${MAX_USERS}`);
  }
  return users;
}
