// SPDX-License-Identifier: Apache-2.0
// Whether, where and how to push: --otlp.endpoint and the variables of OpenTelemetry. Headers, which the
// library reads by itself, are only looked at here.
import { ConfigError } from '../../errors.ts';
import { metricsUrlOf, parseUrl, redactText } from './endpoint.ts';
import {
  createOtelVariables,
  describeVariable,
  type Environment,
  type Note,
  type OtelVariables,
} from './environment.ts';
import { checkHeaders, readAttributes } from './items.ts';

/** A file that a variable names. */
export interface CertificateFile {
  readonly variable: string;
  readonly path: string;
}

export interface OtlpSettings {
  /** Of the metrics, whole; it may hold a password. */
  readonly url: string;
  /** Between the beginnings of two pushes. */
  readonly intervalMs: number;
  /** For one request, all its retries included. */
  readonly timeoutMs: number;
  readonly compression: 'gzip' | 'none';
  readonly certificates: {
    /** Of the authorities to trust instead of Node's own. */
    readonly ca?: CertificateFile;
    readonly cert?: CertificateFile;
    readonly key?: CertificateFile;
  };
  /** Of the resource, as they were asked for; they win over what we find. */
  readonly attributes: Readonly<Record<string, string>>;
}

export interface OtlpConfig {
  /** Absent: OTLP is off. */
  readonly settings?: OtlpSettings;
  /** For the log, when there is one. */
  readonly notes: readonly Note[];
}

const DEFAULT_BASE = 'http://localhost:4318';
const DEFAULT_TIMEOUT_MS = 10_000;
const DEFAULT_INTERVAL_MS = 60_000;
const DEFAULT_EXPORT_TIMEOUT_MS = 30_000;

/** A variable for metrics alone, and the one for all signals that it wins over. */
function pair(suffix: string): readonly [string, string] {
  return [`OTEL_EXPORTER_OTLP_METRICS_${suffix}`, `OTEL_EXPORTER_OTLP_${suffix}`];
}

const EXPORTER = 'OTEL_METRICS_EXPORTER';
const OURS = ['otlp', 'none'];
/** Of the specification, and no mistake. */
const KNOWN = ['prometheus', 'console', 'logging'];
const TEMPORALITY = 'OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE';
const AGGREGATION = 'OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION';

/** Any of them switches OTLP on. */
const SWITCHING = [
  'ENDPOINT',
  'HEADERS',
  'TIMEOUT',
  'COMPRESSION',
  'PROTOCOL',
  'CERTIFICATE',
  'CLIENT_CERTIFICATE',
  'CLIENT_KEY',
]
  .flatMap(pair)
  .concat(TEMPORALITY, AGGREGATION);

/** @throws ConfigError where the flag is no URL; variables that are wrong become notes */
export function readOtlpConfig(flag: string | undefined, environment: Environment): OtlpConfig {
  const variables = createOtelVariables(environment);
  const base = flag === undefined ? undefined : readFlag(flag);
  const wanted = isWanted(base !== undefined, variables);
  if (!wanted) {
    return { notes: variables.notes };
  }
  warnOfUnsupported(variables);
  const serviceName = variables.find('OTEL_SERVICE_NAME');
  const intervalMs = variables.milliseconds('OTEL_METRIC_EXPORT_INTERVAL') ?? DEFAULT_INTERVAL_MS;
  const settings = {
    url: base ?? readEndpoint(variables),
    intervalMs,
    timeoutMs: readTimeout(variables, intervalMs),
    compression: variables.choice(pair('COMPRESSION'), ['gzip', 'none']) ?? 'gzip',
    certificates: {
      ...certificate(variables, 'ca', 'CERTIFICATE'),
      ...certificate(variables, 'cert', 'CLIENT_CERTIFICATE'),
      ...certificate(variables, 'key', 'CLIENT_KEY'),
    },
    attributes: {
      ...readAttributes(variables, 'OTEL_RESOURCE_ATTRIBUTES'),
      ...(serviceName === undefined ? {} : { 'service.name': serviceName.value }),
    },
  };
  return { settings, notes: variables.notes };
}

function readFlag(flag: string): string {
  const url = metricsUrlOf(flag);
  if (url === undefined) {
    throw new ConfigError(
      `read --otlp.endpoint "${redactText(flag)}": not an http or https URL such as ${DEFAULT_BASE}`,
    );
  }
  return url;
}

function isWanted(flag: boolean, variables: OtelVariables): boolean {
  const exporters = variables.list(EXPORTER);
  const others = exporters.filter((name) => !OURS.includes(name));
  const isElsewhere = !flag && others.length > 0 && others.length === exporters.length;
  for (const value of others.filter((name) => !(isElsewhere && KNOWN.includes(name)))) {
    const note = `${describeVariable({ name: EXPORTER, value })}: not one of ${OURS.join(', ')}`;
    variables.warn(`${note}; ${isElsewhere ? 'metrics are not pushed' : 'it is ignored'}`);
  }
  if (!flag && !exporters.includes('otlp') && variables.find(...SWITCHING) === undefined) {
    return false;
  }
  const reasons = [
    exporters.includes('none') && `${EXPORTER} is none`,
    isElsewhere && `${EXPORTER} does not name otlp`,
    variables.isTrue('OTEL_SDK_DISABLED') && 'OTEL_SDK_DISABLED is true',
  ];
  const off = reasons.find((reason) => reason !== false);
  if (off !== undefined) {
    variables.info(`metrics are not pushed by OTLP: ${off}`);
  }
  return off === undefined;
}

function readEndpoint(variables: OtelVariables): string {
  const [specific, general] = pair('ENDPOINT');
  const readers = [
    [specific, (text: string) => parseUrl(text)?.href],
    [general, metricsUrlOf],
  ] as const;
  for (const [name, read] of readers) {
    const variable = variables.find(name);
    const url = variable && read(variable.value);
    if (url !== undefined) {
      return url;
    }
    if (variable !== undefined) {
      variables.warn(
        `${describeVariable(variable)}: not an http or https URL such as ${DEFAULT_BASE}; it is ignored`,
      );
    }
  }
  return metricsUrlOf(DEFAULT_BASE) ?? DEFAULT_BASE;
}

/** The smallest of the three limits that there are: of a request, of an export, and the interval. */
function readTimeout(variables: OtelVariables, intervalMs: number): number {
  const name = 'OTEL_METRIC_EXPORT_TIMEOUT';
  const exportTimeoutMs = variables.timeout(name);
  if (
    exportTimeoutMs !== undefined &&
    Number.isFinite(exportTimeoutMs) &&
    exportTimeoutMs > intervalMs
  ) {
    variables.warn(
      `read ${name} "${exportTimeoutMs}": longer than the interval; ${intervalMs} is used`,
    );
  }
  const timeoutMs = variables.timeout(...pair('TIMEOUT')) ?? DEFAULT_TIMEOUT_MS;
  return Math.min(timeoutMs, exportTimeoutMs ?? DEFAULT_EXPORT_TIMEOUT_MS, intervalMs);
}

function certificate(
  variables: OtelVariables,
  key: keyof OtlpSettings['certificates'],
  suffix: string,
): OtlpSettings['certificates'] {
  const variable = variables.find(...pair(suffix));
  return variable === undefined ? {} : { [key]: { variable: variable.name, path: variable.value } };
}

function warnOfUnsupported(variables: OtelVariables): void {
  const protocol = variables.find(...pair('PROTOCOL'));
  if (protocol !== undefined && protocol.value.toLowerCase() !== 'http/json') {
    const note = `${describeVariable(protocol)}: http/json is sent`;
    if (protocol.value.toLowerCase() === 'http/protobuf') {
      variables.info(`${note}, which every receiver of OTLP over HTTP is to take as well`);
    } else {
      variables.warn(`${note}; set the endpoint to the collector's port for HTTP, usually 4318`);
    }
  }
  const temporality = variables.find(TEMPORALITY);
  if (temporality !== undefined && temporality.value.toLowerCase() !== 'cumulative') {
    variables.warn(
      `${describeVariable(temporality)}: totals are sent as cumulative; for deltas use the collector's cumulativetodelta processor`,
    );
  }
  const aggregation = variables.find(AGGREGATION);
  if (
    aggregation !== undefined &&
    aggregation.value.toLowerCase() !== 'explicit_bucket_histogram'
  ) {
    variables.warn(
      `${describeVariable(aggregation)}: the kernel counts in explicit buckets; it is ignored`,
    );
  }
  checkHeaders(variables, pair('HEADERS'));
}
