// SPDX-License-Identifier: Apache-2.0
// What must not reach the log, also where others repeat what they were sent: parts of the URL and of headers.
import { unescape as decode } from 'node:querystring';
import type { OtlpSettings } from './settings.ts';

/** A shorter one is starred out only where it stands alone: a tenant "1" is no part of a port. */
const MIN_LENGTH = 4;

/** Stars out header values, with and without their scheme, and of the URL user, password and values of the query. */
export function createRedactor(url: string, headers: OtlpSettings['headers']) {
  const secrets = [
    ...Object.values(headers).flatMap((value) => [value, value.replace(/^\S+\s+/, '')]),
    ...secretsOf(new URL(url)),
  ];
  const patterns = [...new Set(secrets.filter((secret) => secret !== ''))]
    .toSorted((one, other) => other.length - one.length)
    .map(patternOf);
  const pattern = new RegExp(patterns.join('|') || '(?!)', 'g');
  return (text: string): string => text.replace(pattern, '***');
}

/** As they are written, as they are meant, and as they are sent: RFC 7617. */
function secretsOf({ username, password, search, searchParams }: URL): readonly string[] {
  const values = search.match(/[^?&=]+(?=&|$)/g) ?? [];
  const [user, word] = [decode(username), decode(password)];
  const sent = username + password === '' ? '' : Buffer.from(`${user}:${word}`).toString('base64');
  return [username, password, user, word, sent, ...values, ...searchParams.values()];
}

function patternOf(secret: string): string {
  const escaped = secret.replace(/[$()*+.?[\\\]^{|}]/g, '\\$&');
  return secret.length < MIN_LENGTH ? `(?<![\\w.:-])${escaped}(?![\\w.:-])` : escaped;
}
