// SPDX-License-Identifier: Apache-2.0
// What of this process's environment the wire is given: what concerns the network, OpenTelemetry, TLS and the
// clock, and how it holds little memory.

type Environment = Readonly<Record<string, string | undefined>>;

const PASSED =
  /^(OTEL_.*|(HTTP|HTTPS|ALL|NO)_PROXY|NODE_EXTRA_CA_CERTS|NODE_ENV|SSL_CERT_(FILE|DIR)|RES_OPTIONS|LOCALDOMAIN|HOSTALIASES|TZ|LANG|LC_.*)$/i;

/**
 * Options of Node that choose limits and authorities. Nothing else of NODE_OPTIONS is passed: it could load modules or
 * loosen the permissions.
 */
const PASSED_OPTION =
  /^--(max-old-space-size|max-semi-space-size|use-openssl-ca|use-bundled-ca|use-system-ca|dns-result-order|tls-min-v1\.[0-3]|tls-max-v1\.[23]|tls-cipher-list)(=\S*)?$/;

/**
 * What a scrape makes is garbage when it is sent: a nursery that grows with it, to 32 MB, only holds more memory. One of
 * 1 MiB costs a scrape of 20,000 series half a millisecond.
 */
const NURSERY = '--max-semi-space-size=1';

/** glibc gives every thread a heap of its own otherwise; they are idle nearly always. */
const ONE_ARENA = { MALLOC_ARENA_MAX: '1' };

export function wireEnvironment(environment: Environment): Record<string, string> {
  const options = (environment['NODE_OPTIONS'] ?? '')
    .split(/\s+/)
    .map((option) => option.replaceAll('_', '-'))
    .filter((option) => PASSED_OPTION.test(option));
  const passed = Object.entries(environment).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && PASSED.test(entry[0]),
  );
  return {
    ...ONE_ARENA,
    ...Object.fromEntries(passed),
    // What was chosen comes last, and wins.
    NODE_OPTIONS: [NURSERY, ...options].join(' '),
  };
}
