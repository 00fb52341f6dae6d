// SPDX-License-Identifier: Apache-2.0
// The routes of the live page: the document, the files that it is made of, and the events that it shows.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { EventStream, type EventStreamOptions } from './event-stream.ts';
import { createLiveDocument } from './live-document.ts';
import type { Reply } from './reply.ts';
import type { Route, Routes } from './routes.ts';
import { LANDING_PATH, LIVE_PATH } from './telemetry-path.ts';

/** Scripts and styles of this server alone, none of them within the document, and no request to anywhere else. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
};

/** What the page's own modules import, by their place below the folder of all modules. */
const SHARED_MODULES = [
  'reasons.js',
  'snapshot/device.js',
  'snapshot/packet-class.js',
  'snapshot/peaks.js',
  'collectors/packet-sizes/buckets.js',
];

/** A page's module finds the chart library beside itself, under this name. */
const LIBRARY = {
  'page/uplot.js': 'uplot/dist/uPlot.esm.js',
  'page/uplot.css': 'uplot/dist/uPlot.min.css',
};

/** In the place of the landing page, and below `LIVE_PATH`. Reads every file once. Throws where the package is damaged. */
export function createLiveRoutes({
  telemetryPath,
  ...events
}: EventStreamOptions & { readonly telemetryPath: string }): Routes {
  const document = fileReply('html', createLiveDocument(telemetryPath));
  const stream = new EventStream(events);
  const route = (path: string, reply: Reply): [string, Route] => [path, () => reply];
  return new Map([
    route(LANDING_PATH, {
      ...document,
      headers: { ...document.headers, 'Content-Security-Policy': POLICY },
    }),
    [`${LIVE_PATH}events`, (request, response) => stream.answer(request, response)],
    ...readFiles().map(([name, reply]) => route(`${LIVE_PATH}${name}`, reply)),
  ]);
}

function readFiles(): [string, Reply][] {
  const modules = new URL('../', import.meta.url);
  const own = readdirSync(new URL('page/', modules))
    .filter((name) => /\.(js|css|svg)$/.test(name))
    .map((name) => `page/${name}`);
  const files = [...own, ...SHARED_MODULES].map((name) => [name, new URL(name, modules)] as const);
  const library = Object.entries(LIBRARY).map(
    ([name, file]) => [name, new URL(import.meta.resolve(file))] as const,
  );
  return [...files, ...library].map(([name, url]) => {
    // The package has no maps of its sources.
    const text = readFileSync(fileURLToPath(url), 'utf8').replace(
      /\n\/\/# sourceMapping.*\s*$/,
      '\n',
    );
    return [name, fileReply(name.replace(/^.*\./, ''), text)];
  });
}

function fileReply(type: string, body: string): Reply {
  const contentType = CONTENT_TYPES[type] ?? 'text/html; charset=utf-8';
  return { status: 200, headers: { 'Content-Type': contentType }, body };
}
