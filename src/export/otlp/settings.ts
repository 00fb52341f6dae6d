// SPDX-License-Identifier: Apache-2.0
// Whether, where and how to push: --otlp.endpoint and the variables of OpenTelemetry.
import { validateHeaderName, validateHeaderValue } from 'node:http';
import { parseUrl, redactText } from '../../endpoint.ts';
import {
  createOtelVariables,
  type Environment,
  type Note,
  type OtelVariables,
} from './environment.ts';

type Texts = Readonly<Record<string, string>>;

export interface OtlpSettings {
  /** Of the metrics, whole; it may hold a password. */
  readonly url: string;
  readonly protocol: 'http/protobuf' | 'http/json';
  readonly headers: Texts;
  /** Between the beginnings of two pushes. */
  readonly intervalMs: number;
  /** For one request, all its retries included. */
  readonly timeoutMs: number;
  readonly compression: 'gzip' | 'none';
  /** Paths of files; `ca`: of the authorities to trust instead of Node's own. */
  readonly certificates: Readonly<Partial<Record<'ca' | 'cert' | 'key', string>>>;
  /** Of the resource, as they were asked for; they win over what we find. */
  readonly attributes: Texts;
}

export interface OtlpConfig {
  /** Absent: OTLP is off. */
  readonly settings?: OtlpSettings;
  /** For the log, when there is one. */
  readonly notes: readonly Note[];
}

const METRICS_PATH = 'v1/metrics';
const DEFAULT_BASE = 'http://localhost:4318';
const URL_EXPECTED = `an http or https URL such as ${DEFAULT_BASE}`;

/** A variable for metrics alone, and the one for all signals that it wins over. */
function pair(suffix: string): readonly [string, string] {
  return [`OTEL_EXPORTER_OTLP_METRICS_${suffix}`, `OTEL_EXPORTER_OTLP_${suffix}`];
}

const EXPORTER = 'OTEL_METRICS_EXPORTER';
/** The others of the specification are no mistake, but nothing of ours. */
const KNOWN = ['otlp', 'none', 'prometheus', 'console', 'logging'];
const FILES = { ca: 'CERTIFICATE', cert: 'CLIENT_CERTIFICATE', key: 'CLIENT_KEY' } as const;
const TEMPORALITY = 'OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE';
const AGGREGATION = 'OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION';

/** Any of them switches OTLP on. */
const SWITCHING = ['ENDPOINT', 'HEADERS', 'TIMEOUT', 'COMPRESSION', 'PROTOCOL']
  .concat(Object.values(FILES))
  .flatMap(pair)
  .concat(TEMPORALITY, AGGREGATION);

/**
 * Variables that are wrong become notes.
 * @param flag the value of --otlp.endpoint: an http or https URL
 */
export function readOtlpConfig(flag: string | undefined, environment: Environment): OtlpConfig {
  const base = flag === undefined ? undefined : metricsUrlOf(flag);
  const variables = createOtelVariables(environment);
  const settings = isWanted(base, variables) ? readSettings(base, variables) : undefined;
  return { ...(settings && { settings }), notes: variables.notes };
}

function readSettings(base: string | undefined, variables: OtelVariables): OtlpSettings {
  const [metricsEndpoint, endpoint] = pair('ENDPOINT');
  const url =
    base ??
    variables.read([metricsEndpoint], (text) => parseUrl(text)?.href, URL_EXPECTED) ??
    variables.read([endpoint], metricsUrlOf, URL_EXPECTED) ??
    `${DEFAULT_BASE}/${METRICS_PATH}`;
  const intervalMs = variables.milliseconds(1, 'OTEL_METRIC_EXPORT_INTERVAL') ?? 60_000;
  const serviceName = variables.find('OTEL_SERVICE_NAME')?.value;
  const ofDelta = ", for deltas there is the collector's cumulativetodelta processor";
  variables.choice([TEMPORALITY], ['cumulative'], ofDelta);
  variables.choice([AGGREGATION], ['explicit_bucket_histogram'], ', in which the kernel counts');
  const ofGrpc = ", for a collector's gRPC set the endpoint to its port for HTTP, usually 4318";
  return {
    url,
    protocol:
      variables.choice(pair('PROTOCOL'), ['http/protobuf', 'http/json'], ofGrpc) ?? 'http/protobuf',
    headers: readHeaders(variables),
    intervalMs,
    timeoutMs: readTimeout(variables, intervalMs),
    compression: variables.choice(pair('COMPRESSION'), ['gzip', 'none']) ?? 'gzip',
    certificates: Object.fromEntries(
      Object.entries(FILES)
        .map(([key, suffix]) => [key, variables.find(...pair(suffix))?.value])
        .filter(([, path]) => path !== undefined),
    ),
    attributes: {
      ...Object.fromEntries(variables.items('OTEL_RESOURCE_ATTRIBUTES', () => true)),
      ...(serviceName !== undefined && { 'service.name': serviceName }),
    },
  };
}

/** Of a general endpoint: the path of the metrics is appended unless it is there already. */
function metricsUrlOf(base: string): string | undefined {
  const url = parseUrl(base);
  if (url !== undefined && !url.pathname.endsWith(`/${METRICS_PATH}`)) {
    url.pathname = `${url.pathname.replace(/\/$/, '')}/${METRICS_PATH}`;
  }
  return url?.href;
}

function isWanted(base: string | undefined, variables: OtelVariables): boolean {
  const list = variables.find(EXPORTER)?.value.toLowerCase().split(',') ?? [];
  const exporters = list.map((item) => item.trim()).filter((item) => item !== '');
  for (const name of exporters.filter((item) => !KNOWN.includes(item))) {
    variables.warn(`read ${EXPORTER} "${redactText(name)}": not otlp or none; it is ignored`);
  }
  const isOtlp = base !== undefined || exporters.includes('otlp');
  if (!isOtlp && variables.find(...SWITCHING) === undefined) {
    return false;
  }
  const isDisabled = variables.choice(['OTEL_SDK_DISABLED'], ['true', 'false']) === 'true';
  const reason =
    (exporters.includes('none') && `${EXPORTER} is none`) ||
    (!isOtlp && exporters.length > 0 && `${EXPORTER} does not name otlp`) ||
    (isDisabled && 'OTEL_SDK_DISABLED is true');
  if (reason !== false) {
    variables.info(`metrics are not pushed with OTLP: ${reason}`);
  }
  return reason === false;
}

/** They are the request's own: it breaks where somebody else sets them. */
const OWN_HEADERS =
  /^(connection|content-(encoding|length|type)|expect|host|te|trailer|transfer-encoding|upgrade)$/i;

/** Names in lower case, so that of two that differ in case the one for metrics wins. */
function readHeaders(variables: OtelVariables): OtlpSettings['headers'] {
  const isHeader = (name: string, value: string) => {
    validateHeaderName(name);
    validateHeaderValue(name, value);
    return value !== '' && !OWN_HEADERS.test(name);
  };
  const items = pair('HEADERS')
    .toReversed()
    .flatMap((name) => variables.items(name, isHeader));
  return Object.fromEntries(items.map(([name, value]) => [name.toLowerCase(), value]));
}

/** The smallest of the limits of a request, of an export, and the interval. 0 is no limit. */
function readTimeout(variables: OtelVariables, intervalMs: number): number {
  const requestMs = variables.milliseconds(0, ...pair('TIMEOUT')) ?? 10_000;
  const exportMs = variables.milliseconds(0, 'OTEL_METRIC_EXPORT_TIMEOUT') ?? 30_000;
  return Math.min(requestMs || intervalMs, exportMs || intervalMs, intervalMs);
}
