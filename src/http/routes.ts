// SPDX-License-Identifier: Apache-2.0
// Which path answers with what.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Log } from '../log.ts';
import { createLandingPage } from './landing-page.ts';
import { createRareWarning } from './rare-warning.ts';
import { plainText, type Reply, type StreamReply } from './reply.ts';
import { createTelemetryRoute, type TelemetryOptions } from './telemetry.ts';
import { HEALTH_PATH, LANDING_PATH, READINESS_PATH } from './telemetry-path.ts';

export interface Readiness {
  readonly ready: boolean;
  /** Why it is not, for a person. */
  readonly reason?: string;
}

export interface RouteOptions extends TelemetryOptions {
  /** As `parseTelemetryPath` wants it. */
  readonly telemetryPath: string;
  readonly readiness: () => Readiness | Promise<Readiness>;
  /** Routes beside these. */
  readonly more?: Routes;
}

type Answer = Reply | StreamReply;

export type Route = (
  request: IncomingMessage,
  response: ServerResponse,
) => Answer | Promise<Answer>;

/** By path. */
export type Routes = ReadonlyMap<string, Route>;

export const METHOD_NOT_ALLOWED = plainText(405, 'method not allowed', { Allow: 'GET, HEAD' });

const TOO_MANY = plainText(503, 'too many scrapes at once', { 'Retry-After': '1' });

/** @param maxScrapes requests under way for which the kernel is read; more get 503 */
export function createRoutes(options: RouteOptions, maxScrapes: number): Routes {
  const landingPage = createLandingPage(options.telemetryPath);
  const limit = createScrapeLimit(maxScrapes, options.log);
  return new Map<string, Route>([
    [LANDING_PATH, () => landingPage],
    [HEALTH_PATH, () => plainText(200, 'ok')],
    [READINESS_PATH, limit(async () => readinessReply(await options.readiness()))],
    [options.telemetryPath, limit(createTelemetryRoute(options))],
    ...(options.more ?? []),
  ]);
}

/** Of all routes for which the kernel is read, together. */
function createScrapeLimit(maxScrapes: number, log: Log): (route: Route) => Route {
  const warn = createRareWarning(log, 'refused scrapes: too many at once');
  let underWay = 0;
  return (route) => (request, response) => {
    if (underWay >= maxScrapes) {
      warn();
      return TOO_MANY;
    }
    underWay++;
    response.once('close', () => underWay--);
    return route(request, response);
  };
}

/** Of a request without a body. */
export function answer(
  routes: Routes,
  request: IncomingMessage,
  response: ServerResponse,
): Answer | Promise<Answer> {
  const { method, url = '' } = request;
  if (method !== 'GET' && method !== 'HEAD') {
    return METHOD_NOT_ALLOWED;
  }
  const route = routes.get(pathOf(url));
  return route === undefined ? plainText(404, 'not found') : route(request, response);
}

/** Of a target in origin form or, as a proxy sends it, in absolute form. Any text will do: nothing here throws. */
export function pathOf(target: string): string {
  return target.replace(/^https?:\/\/[^/?#]*/i, '').replace(/[?#].*$/s, '');
}

function readinessReply({ ready, reason }: Readiness): Reply {
  return ready ? plainText(200, 'ready') : plainText(503, `not ready: ${reason ?? 'unknown'}`);
}
