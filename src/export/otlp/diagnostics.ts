// SPDX-License-Identifier: Apache-2.0
// What OpenTelemetry's library has to say goes to our log and never to the console.
import { api } from '@opentelemetry/sdk-node';
import type { Logger } from '../../log.ts';
import type { PartialSuccess } from './journal.ts';

const MAX_LENGTH = 500;

/** How otlp-exporter-base 0.223 tells of a partial success, with JSON as the next argument. */
const PARTIAL_SUCCESS = 'Received Partial Success response:';

/** Call it after NodeSDK was made, which puts a logger of its own in place where OTEL_LOG_LEVEL is set. */
export function routeDiagnostics(log: Logger, partial: (success: PartialSuccess) => void): void {
  const write = (...said: unknown[]) => {
    const text = said.map(String).join(' ');
    log.debug(`opentelemetry: ${text.slice(0, MAX_LENGTH)}`);
  };
  const warn = (message: string, ...rest: unknown[]) => {
    if (message === PARTIAL_SUCCESS) {
      partial(parsePartialSuccess(String(rest[0])));
    } else {
      // Other arguments may be whole replies of a collector.
      write(message);
    }
  };
  const logger = { error: warn, warn, info: write, debug: write, verbose: write };
  // At a finer level it would hand over every export as a whole.
  api.diag.setLogger(logger, {
    logLevel: api.DiagLogLevel.WARN,
    suppressOverrideMessage: true,
  });
}

/** The collector's JSON, of any shape; OTLP's int64 is a string or a number there. */
function parsePartialSuccess(json: string): PartialSuccess {
  const { rejectedDataPoints, errorMessage } = JSON.parse(json) as Record<string, unknown>;
  const rejectedPoints = Number(rejectedDataPoints ?? 0);
  return {
    rejectedPoints: Number.isFinite(rejectedPoints) ? rejectedPoints : 0,
    message: typeof errorMessage === 'string' ? errorMessage.slice(0, MAX_LENGTH) : '',
  };
}
