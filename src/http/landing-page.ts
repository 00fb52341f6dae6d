// SPDX-License-Identifier: Apache-2.0
// The page that someone sees who opens the exporter's port in a browser, where there is no live page.
import { escapeHtml } from './escape-html.ts';
import type { Reply } from './reply.ts';

export function createLandingPage(telemetryPath: string): Reply {
  return {
    status: 200,
    headers: { 'Content-Type': 'text/html; charset=utf-8' },
    body: `<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>xdp-exporter</title></head>
<body>
<h1>xdp-exporter</h1>
<p>Metrics of the XDP programs on this machine, for Prometheus.</p>
<ul>
<li><a href="${escapeHtml(telemetryPath)}">Metrics</a></li>
<li><a href="/healthz">Health</a></li>
<li><a href="/readyz">Readiness</a></li>
</ul>
</body>
</html>
`,
  };
}
