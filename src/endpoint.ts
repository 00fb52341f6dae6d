// SPDX-License-Identifier: Apache-2.0
// URLs that somebody gave: which will do, and how they may be shown.
import { ConfigError } from './errors.ts';

/** @returns undefined for what is no http or https URL, such as "localhost:4318", whose scheme is "localhost" */
export function parseUrl(text: string): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url?.protocol === 'http:' || url?.protocol === 'https:' ? url : undefined;
}

/** The text, where it is such a URL. Throws a ConfigError with the cause; whoever read it puts its name in front. */
export function parseEndpoint(endpoint: string): string {
  if (parseUrl(endpoint) === undefined) {
    throw new ConfigError('not an http or https URL such as "http://localhost:4318"');
  }
  return endpoint;
}

/** For text that may be no URL: what could be a user, a password or a query is starred out. */
export function redactText(text: string): string {
  const hidden = text.replace(/^([a-z][\w+.-]*:\/\/)?.*@/is, '$1***@');
  return hidden.replace(/([?#]).*$/s, '$1***');
}

/** Without user, password and query, any of which may be a secret. */
export function redactUrl(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}
