// SPDX-License-Identifier: Apache-2.0
// The document of the live page: its headings and empty tables. src/page fills them in.
import { escapeHtml } from './escape-html.ts';
import { HEALTH_PATH, LIVE_PATH, READINESS_PATH } from './telemetry-path.ts';

const DOCUMENTATION = 'https://github.com/xdp-exporter/xdp-exporter#readme';

/** text: what names the row; wide: left out where the window is narrow. */
type Column = readonly [heading: string, kind: 'text' | 'number' | 'wide' | 'picture'];

interface Section {
  /** Of the table's body: what the script looks for. */
  readonly id: string;
  readonly title: string;
  readonly columns: readonly Column[];
  /** What stands between the heading and the table. */
  readonly before?: string;
  /** The table is folded behind these words. */
  readonly folded?: string;
}

/** Beside one another where the window is wide: what packets are like, and whose they are. Below both: the devices. */
interface Columns {
  readonly left: readonly Section[];
  readonly right: readonly Section[];
  readonly below: readonly Section[];
}

const RATE: Column = ['packets/s', 'number'];
const SHARE: Column = ['share', 'number'];
const BITS: Column = ['bits/s', 'number'];
const PACKETS: Column = ['packets', 'wide'];
/** Of a list whose keys are long. */
const MEASURED: readonly Column[] = [RATE, SHARE, ['bits/s', 'wide'], PACKETS];

const SECTIONS: Columns = {
  left: [
    {
      id: 'actions',
      title: 'Verdicts',
      columns: [['action', 'text'], RATE, SHARE, BITS, PACKETS, ['bytes', 'wide']],
      before: '<div id="rates" class="chart" role="img" aria-label="Packets per second"></div>',
    },
    {
      id: 'cpus',
      title: 'CPUs',
      columns: [['CPU', 'text'], RATE, SHARE, PACKETS],
      before:
        '<p id="cpu-summary"></p><canvas id="heat" role="img" aria-label="Packets per second of each CPU"></canvas>' +
        '<p class="scale" aria-hidden="true"><span>0</span><span class="ramp"></span><span id="heat-max"></span></p>',
      folded: 'Every CPU as a table',
    },
    {
      id: 'peaks',
      title: 'Peaks of the last minute',
      columns: [
        ['in any', 'text'],
        ['packets', 'number'],
        ['as packets/s', 'number'],
        ['as bits/s', 'wide'],
      ],
    },
    {
      id: 'protocols',
      title: 'Protocols',
      columns: [['protocol', 'text'], RATE, SHARE, BITS, PACKETS],
    },
    { id: 'flags', title: 'TCP flags', columns: [['flags', 'text'], RATE, SHARE, PACKETS] },
    { id: 'sizes', title: 'Frame sizes', columns: [['bytes', 'text'], RATE, SHARE, PACKETS] },
    { id: 'queues', title: 'Receive queues', columns: [['queue', 'text'], RATE, SHARE, PACKETS] },
  ],
  right: [
    {
      id: 'sources',
      title: 'Top sources',
      columns: [
        ['source', 'text'],
        ['last minute', 'picture'],
        RATE,
        SHARE,
        ['bits/s', 'wide'],
        PACKETS,
      ],
    },
    {
      id: 'ports',
      title: 'Destination ports',
      columns: [['port', 'text'], ...MEASURED],
    },
    {
      id: 'destinations',
      title: 'Top destinations',
      columns: [['destination', 'text'], ...MEASURED],
    },
    {
      id: 'networks',
      title: 'Networks of sources',
      columns: [['network', 'text'], ...MEASURED],
    },
    {
      id: 'outcomes',
      title: 'Logger: outcome of every packet',
      columns: [['outcome', 'text'], RATE, ['share', 'wide'], ['packets', 'number']],
      before: '<p id="sampling"></p>',
    },
  ],
  below: [
    {
      id: 'devices',
      title: 'Devices',
      columns: [
        ['device', 'text'],
        ['state', 'text'],
        ['program', 'text'],
        ['mode', 'wide'],
        RATE,
        ['bits/s', 'wide'],
        PACKETS,
      ],
    },
  ],
};

export function createLiveDocument(telemetryPath: string): string {
  const file = (name: string) => `${LIVE_PATH}page/${name}`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="dark light">
<title>xdp-exporter</title>
<link rel="icon" href="${file('icon.svg')}" type="image/svg+xml">
${['uplot', 'colours', 'page', 'tables'].map((name) => `<link rel="stylesheet" href="${file(`${name}.css`)}">`).join('\n')}
<script type="module" src="${file('main.js')}"></script>
</head>
<body>
<a class="skip" href="#numbers">Skip to the numbers</a>
<header>
<h1>xdp-exporter</h1>
<p id="status" role="status">Waiting for the first numbers.</p>
<nav aria-label="More of this exporter">
<a href="${escapeHtml(telemetryPath)}">Metrics</a>
<a href="${HEALTH_PATH}">Health</a>
<a href="${READINESS_PATH}">Readiness</a>
<a href="${DOCUMENTATION}" rel="noreferrer">Documentation</a>
</nav>
<div class="controls">
<label for="device">Device</label>
<select id="device"><option value="">all</option></select>
<button id="pause" type="button">Pause</button>
</div>
</header>
<noscript><p>This page needs JavaScript. Without it, use the links above.</p></noscript>
<main id="numbers" tabindex="-1">
<dl id="tiles"></dl>
<div class="column">
${SECTIONS.left.map(formatSection).join('\n')}
</div>
<div class="column">
${SECTIONS.right.map(formatSection).join('\n')}
</div>
${SECTIONS.below.map(formatSection).join('\n')}
</main>
</body>
</html>
`;
}

function formatSection({ id, title, columns, before = '', folded }: Section): string {
  const headings = columns
    .map(([heading, kind]) => `<th scope="col" class="${kind}">${heading}</th>`)
    .join('');
  const table = `<table aria-labelledby="${id}-title"><thead><tr>${headings}</tr></thead><tbody id="${id}"></tbody></table>`;
  const body =
    folded === undefined ? table : `<details><summary>${folded}</summary>${table}</details>`;
  return `<section class="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${title}</h2>
${before}${body}
</section>`;
}
