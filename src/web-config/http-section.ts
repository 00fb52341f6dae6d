// SPDX-License-Identifier: Apache-2.0
// http_server_config: headers that every answer has.
import type { Section } from './section.ts';

export const HTTP_KEYS = ['http2', 'headers'] as const;

/** Those that the toolkit takes, with the values that it takes; empty: any. */
const HEADERS: Readonly<Record<string, readonly string[]>> = {
  'Content-Security-Policy': [],
  'Strict-Transport-Security': [],
  'X-Content-Type-Options': ['nosniff'],
  'X-Frame-Options': ['deny', 'sameorigin'],
  'X-XSS-Protection': [],
};

/** What RFC 9110 lets a value be, less what is not ASCII. */
const VALUE = /^[\x21-\x7e]([\t\x20-\x7e]*[\x21-\x7e])?$/;

/** @throws ConfigError */
export function readHttpSection(section: Section): Readonly<Record<string, string>> {
  if (section.flag('http2') === true) {
    throw section.complain(
      'http2',
      'HTTP/2 is not supported',
      'set it to false or remove it: the exporter serves HTTP/1.1, which Prometheus supports',
      { value: 'true' },
    );
  }
  const headers = section.section('headers', Object.keys(HEADERS));
  const entries = (headers?.keys ?? []).map((name) => {
    const value = headers?.text(name) ?? '';
    const values = HEADERS[name] ?? [];
    if (values.length > 0 && !values.includes(value)) {
      throw headers?.complain(name, 'it is not known', `write ${values.join(' or ')}`, { value });
    }
    if (!VALUE.test(value)) {
      throw headers?.complain(name, 'no header may hold that', 'write printable ASCII on one line');
    }
    return [name, value] as const;
  });
  return Object.fromEntries(entries);
}
