// SPDX-License-Identifier: Apache-2.0
// A picture of panels for the README, drawn by us from what Prometheus answers to their queries.
import { drawHeatmap } from './heatmap.ts';
import { drawStat, drawTable } from './numbers.ts';
import type { PanelData } from './panel-data.ts';
import { type Box, COLOURS, element, rectangle, text } from './svg.ts';
import { drawTimeSeries } from './time-series.ts';

/** Panels by title, from the top left; `columns` of twelve. */
export const PICTURE_ROWS: readonly {
  readonly height: number;
  readonly panels: readonly { readonly title: string; readonly columns: number }[];
}[] = [
  {
    height: 84,
    panels: [
      'Exporters missing',
      'Devices not counted',
      'Packets',
      'Against last week',
      'Traffic',
      'Not logged',
    ].map((title) => ({ title, columns: 2 })),
  },
  {
    height: 270,
    panels: [
      { title: 'Packets against last week', columns: 6 },
      { title: 'Packets by source', columns: 6 },
    ],
  },
  {
    height: 230,
    panels: [
      { title: 'Packets by protocol', columns: 4 },
      { title: 'Largest bursts against last week', columns: 5 },
      { title: 'TCP packets by flags', columns: 3 },
    ],
  },
  {
    height: 190,
    panels: [
      { title: 'Packets by length', columns: 6 },
      { title: 'Packets by CPU', columns: 6 },
    ],
  },
  {
    height: 230,
    panels: [
      { title: 'Largest sources', columns: 6 },
      { title: 'Largest ports', columns: 6 },
    ],
  },
];

const WIDTH = 1200;
const COLUMNS = 12;
const GAP = 10;
const HEAD = 28;
const FOOT = 20;

const CAPTION =
  'Two nodes, two minutes of generated traffic with a flood in between. Drawn by xdp-exporter from what Prometheus answers to the queries of the panels; not by Grafana.';

const STYLE = `
text { font-family: Inter, "Segoe UI", "DejaVu Sans", Helvetica, Arial, sans-serif; fill: ${COLOURS.text}; }
.title { font-size: 13px; font-weight: 600; }
.axis { font-size: 11px; fill: ${COLOURS.faint}; }
.legend { font-size: 11.5px; }
.stat { font-size: 26px; font-weight: 600; }
`;

const DRAW: Readonly<Record<string, (data: PanelData, box: Box) => string>> = {
  timeseries: drawTimeSeries,
  heatmap: drawHeatmap,
  stat: drawStat,
  table: drawTable,
};

/** @param panels every one that `PICTURE_ROWS` names */
export function drawPicture(panels: readonly PanelData[]): string {
  let y = GAP;
  const drawn = PICTURE_ROWS.flatMap((row) => {
    let column = 0;
    const boxes = row.panels.map(({ title, columns }) => {
      const unit = (WIDTH - GAP) / COLUMNS;
      const box = { x: GAP + column * unit, y, width: columns * unit - GAP, height: row.height };
      column += columns;
      return drawPanel(findPanel(panels, title), box);
    });
    y += row.height + GAP;
    return boxes;
  });
  const height = y + FOOT;
  const caption = text(GAP + 2, y + 9, CAPTION, { class: 'axis' });
  const page = rectangle({ x: 0, y: 0, width: WIDTH, height }, { fill: COLOURS.page });
  return element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      viewBox: `0 0 ${WIDTH} ${height}`,
      width: WIDTH,
      height,
      role: 'img',
      'aria-label': 'Panels of the XDP dashboards under generated traffic',
    },
    `${element('style', {}, STYLE)}\n${page}\n${drawn.join('\n')}\n${caption}\n`,
  );
}

function findPanel(panels: readonly PanelData[], title: string): PanelData {
  const panel = panels.find((each) => each.title === title);
  if (panel === undefined) {
    throw new Error(`draw picture: no panel "${title}"`);
  }
  return panel;
}

function drawPanel(data: PanelData, box: Box): string {
  const draw = DRAW[data.type];
  if (draw === undefined) {
    throw new Error(`draw panel "${data.title}": no way to draw a "${data.type}"`);
  }
  const inside = {
    x: box.x + 12,
    y: box.y + HEAD + 6,
    width: box.width - 24,
    height: box.height - HEAD - 14,
  };
  return element(
    'g',
    {},
    [
      rectangle(box, { fill: COLOURS.panel, stroke: COLOURS.border, rx: 4 }),
      text(box.x + 12, box.y + 20, data.title, { class: 'title' }),
      draw(data, inside),
    ].join(''),
  );
}
