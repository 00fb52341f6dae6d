// SPDX-License-Identifier: Apache-2.0
// The paths that are served beside the metrics, and what the metrics' own may be.
import { ConfigError } from '../errors.ts';

export const LANDING_PATH = '/';
export const HEALTH_PATH = '/healthz';
export const READINESS_PATH = '/readyz';
/** What the live page is made of is served below. */
export const LIVE_PATH = '/live/';

const BASE_URL = 'http://localhost';

/**
 * The path, where clients send it as it stands and nothing else is served there.
 * @throws ConfigError with the cause and a remedy; whoever read the path puts its name in front
 */
export function parseTelemetryPath(path: string): string {
  // A path with two slashes in front would make the landing page link to another host: that is refused, too.
  if (!URL.canParse(path, BASE_URL) || new URL(path, BASE_URL).pathname !== path) {
    throw new ConfigError('not an absolute URL path; write one such as "/metrics"');
  }
  if ([LANDING_PATH, HEALTH_PATH, READINESS_PATH].includes(path) || path.startsWith(LIVE_PATH)) {
    throw new ConfigError('something else is served there; choose another, such as "/metrics"');
  }
  return path;
}
