// SPDX-License-Identifier: Apache-2.0
// Why a push failed, in words that lead to its end.
import { STATUS_CODES } from 'node:http';
import { errorMessage } from '../../errors.ts';

export interface Failure {
  /** The same for the same cause: an errno's symbol, an HTTP status. */
  readonly kind: string;
  /** It may be megabytes of what a collector says. */
  readonly cause: string;
  readonly remedy: string;
}

const AUTHORITY = 'set OTEL_EXPORTER_OTLP_CERTIFICATE to the file of the authority that signed it';
const FILE = 'check the file that OTEL_EXPORTER_OTLP_* names; it is read again at the next push';
const PORT = 'check that the port is for OTLP over HTTP, usually 4318';
const REMEDIES: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'check that a collector listens there; OTLP over HTTP usually has port 4318',
  ECONNRESET: `${PORT}, and whether it wants https`,
  ENOTFOUND: 'check the name of the host',
  EAI_AGAIN: 'check that names can be resolved here',
  CERT_HAS_EXPIRED: "renew the collector's certificate",
  ERR_TLS_CERT_ALTNAME_INVALID: 'name the host as its certificate does',
  DEPTH_ZERO_SELF_SIGNED_CERT: AUTHORITY,
  SELF_SIGNED_CERT_IN_CHAIN: AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: AUTHORITY,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: AUTHORITY,
  EACCES: FILE,
  ENOENT: FILE,
  EPROTO: 'check whether the endpoint is http rather than https',
  HPE_INVALID_CONSTANT: PORT,
  timeout: 'check the network and the collector, or set OTEL_EXPORTER_OTLP_TIMEOUT to more',
  overtime: 'let it have more with OTEL_METRIC_EXPORT_INTERVAL',
  '400': "the collector's log says what it dislikes",
  '401': 'check OTEL_EXPORTER_OTLP_HEADERS',
  '403': 'check OTEL_EXPORTER_OTLP_HEADERS',
  '404':
    'check the path: OTEL_EXPORTER_OTLP_METRICS_ENDPOINT is used unchanged, all others get /v1/metrics appended',
  '413': "raise the collector's limit of a request's size",
  '415': 'set OTEL_EXPORTER_OTLP_PROTOCOL to the other of http/protobuf and http/json',
};

export function failure(kind: string, cause: string): Failure {
  const remedy = /^3\d\d$/.test(kind)
    ? 'name the place it leads to: redirects are not followed'
    : 'the newest totals follow with the next push';
  return { kind, cause, remedy: REMEDIES[kind] ?? remedy };
}

/** @param error of the library, whose code is a status and whose data is the body of the answer; or of Node */
export function failureOf(error: unknown): Failure {
  const { name, code, data } = Object(error) as Readonly<Record<string, unknown>>;
  if (typeof code === 'number') {
    const status = `HTTP ${code} ${STATUS_CODES[code] ?? ''}`.trimEnd();
    return failure(`${code}`, data ? `${status}: ${String(data).trim()}` : status);
  }
  if (typeof code === 'string') {
    return failure(code, `${code}: ${messageOf(error)}`);
  }
  // Of the statuses after which it tries again, the library does not tell which it was.
  return name === 'OTLPExporterError'
    ? failure('busy', 'the collector wants it later: HTTP 429, 502, 503 or 504')
    : failure('other', messageOf(error));
}

/** Where a host has many addresses, Node tries each and gives an error of errors without a message. */
function messageOf(error: unknown): string {
  return error instanceof AggregateError
    ? error.errors.map(errorMessage).join(', ')
    : errorMessage(error);
}
