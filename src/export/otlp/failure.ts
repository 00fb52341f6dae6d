// SPDX-License-Identifier: Apache-2.0
// Why a push failed, in words that lead to its end.
import { STATUS_CODES } from 'node:http';
import { errorMessage } from '../../errors.ts';

export interface Failure {
  /** The same for the same cause: an errno's symbol, an HTTP status. */
  readonly kind: string;
  readonly cause: string;
  readonly remedy: string;
}

const CA = 'set OTEL_EXPORTER_OTLP_CERTIFICATE to the file of the authority that signed it';
const LATER = 'the newest totals follow with the next push';

const REMEDIES: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'check that a collector listens there; OTLP over HTTP usually has port 4318',
  ECONNRESET: 'check that the port is for OTLP over HTTP, usually 4318, and whether it wants https',
  ENOTFOUND: 'check the name of the host',
  EAI_AGAIN: 'check that names can be resolved here',
  CERT_HAS_EXPIRED: "renew the collector's certificate",
  ERR_TLS_CERT_ALTNAME_INVALID: 'name the host as its certificate does',
  DEPTH_ZERO_SELF_SIGNED_CERT: CA,
  SELF_SIGNED_CERT_IN_CHAIN: CA,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: CA,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: CA,
  EPROTO: 'check whether the endpoint is http rather than https',
  HPE_INVALID_CONSTANT: 'check that the port is for OTLP over HTTP, usually 4318',
  timeout: 'check the network and the collector, or set OTEL_EXPORTER_OTLP_TIMEOUT to more',
  '400': "the collector's log says what it dislikes",
  '401': 'check OTEL_EXPORTER_OTLP_HEADERS',
  '403': 'check OTEL_EXPORTER_OTLP_HEADERS',
  '404':
    'check the path: OTEL_EXPORTER_OTLP_METRICS_ENDPOINT is taken as it is, others get /v1/metrics',
  '413': "raise the collector's limit of a request's size",
};

function remedyOf(kind: string): string {
  return (
    REMEDIES[kind] ??
    (/^3\d\d$/.test(kind) ? 'name the place it leads to: redirects are not followed' : LATER)
  );
}

/** A collector may answer with megabytes; this much of it goes to the log. */
const EXCERPT_LENGTH = 200;

/**
 * @param error what the library gave
 * @param status of the last answer to this export, which the library does not tell after its last retry
 */
export function failureOf(error: unknown, status: number | undefined): Failure {
  const { code, data } = (error ?? {}) as { code?: unknown; data?: unknown };
  if (typeof code === 'string') {
    return { kind: code, cause: excerpt(`${code}: ${messageOf(error)}`), remedy: remedyOf(code) };
  }
  if (status !== undefined && (status < 200 || status > 299)) {
    const said = typeof data === 'string' && data.trim() !== '' ? `: ${data.trim()}` : '';
    return {
      kind: String(status),
      cause: excerpt(`HTTP ${status} ${STATUS_CODES[status] ?? ''}`.trimEnd() + said),
      remedy: remedyOf(String(status)),
    };
  }
  return { kind: 'other', cause: excerpt(messageOf(error)), remedy: LATER };
}

export function timeoutFailure(timeoutMs: number): Failure {
  const cause = `no answer within ${(timeoutMs / 1000).toFixed(1)} s`;
  return { kind: 'timeout', cause, remedy: remedyOf('timeout') };
}

/** The interval ended before all of a push was sent. */
export function overtimeFailure(intervalMs: number): Failure {
  const cause = `the push was not over within its interval of ${(intervalMs / 1000).toFixed(1)} s`;
  return { kind: 'overtime', cause, remedy: 'let it have more with OTEL_METRIC_EXPORT_INTERVAL' };
}

/** The collector dislikes this request, and may take another of the same push: too large, or a point it refuses. */
export function concernsRequestAlone({ kind }: Failure): boolean {
  return kind === '400' || kind === '413';
}

/** There was nothing to send. */
export function readFailure(error: unknown): Failure {
  return { kind: 'read', cause: excerpt(errorMessage(error)), remedy: LATER };
}

/** The connection could not even be prepared. */
export function connectFailure(error: unknown): Failure {
  const remedy = 'mend the file; it is read again at the next push';
  return { kind: 'connect', cause: excerpt(errorMessage(error)), remedy };
}

/** Where a host has many addresses, Node tries each and gives an error of errors without a message. */
function messageOf(error: unknown): string {
  return error instanceof AggregateError
    ? error.errors.map(errorMessage).join(', ')
    : errorMessage(error);
}

function excerpt(text: string): string {
  return text.length > EXCERPT_LENGTH ? `${text.slice(0, EXCERPT_LENGTH)}...` : text;
}
