// SPDX-License-Identifier: Apache-2.0
// Where metrics are pushed to, and how that may be shown.

const METRICS_PATH = 'v1/metrics';

/**
 * @param base a general endpoint, to which the path of the metrics is appended unless it is there already
 * @returns undefined where it is no http or https URL
 */
export function metricsUrlOf(base: string): string | undefined {
  const url = parseUrl(base);
  if (url === undefined) {
    return undefined;
  }
  if (!url.pathname.endsWith(`/${METRICS_PATH}`)) {
    url.pathname = `${url.pathname.replace(/\/$/, '')}/${METRICS_PATH}`;
  }
  return url.href;
}

/** @returns undefined for what is no http or https URL, such as "localhost:4318", whose scheme is "localhost" */
export function parseUrl(text: string): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url?.protocol === 'http:' || url?.protocol === 'https:' ? url : undefined;
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
