// SPDX-License-Identifier: Apache-2.0
// Settings for a collector that a test has made.
import type { OtlpSettings } from '../../../../src/export/otlp/settings.ts';

/** For JSON, which the scripted collector can read. */
export function makeSettings(url: string, more: Partial<OtlpSettings> = {}): OtlpSettings {
  return {
    url: `${url}/v1/metrics`,
    protocol: 'http/json',
    headers: {},
    intervalMs: 60_000,
    timeoutMs: 4_000,
    compression: 'gzip',
    certificates: {},
    attributes: {},
    ...more,
  };
}
