// SPDX-License-Identifier: Apache-2.0
// The kinds of panel that the dashboards are made of, each looking the same wherever it stands.
import { PanelBuilder as BarGauge } from '@grafana/grafana-foundation-sdk/bargauge';
import {
  BarGaugeDisplayMode,
  BigValueGraphMode,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizOrientation,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  type Threshold,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from '@grafana/grafana-foundation-sdk/dashboard';
import {
  CellValuesBuilder,
  PanelBuilder as Heatmap,
  HeatmapColorMode,
  HeatmapColorOptionsBuilder,
  YAxisConfigBuilder,
} from '@grafana/grafana-foundation-sdk/heatmap';
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as Stat } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TimeSeries } from '@grafana/grafana-foundation-sdk/timeseries';
import { colourByLabel } from './colours.ts';
import { linkToNode } from './links.ts';
import { DATASOURCE } from './variables.ts';

/** Columns of the grid's 24, and rows of 30 pixels. */
interface Size {
  readonly width: number;
  readonly height: number;
}

interface Query {
  readonly expr: string;
  /** As `{{device}}`. */
  readonly legend: string;
}

export interface PanelOptions {
  readonly title: string;
  /** What it shows and how to read it; the panel's "i". */
  readonly description: string;
  /** Grafana's name of the unit. */
  readonly unit: string;
  readonly size: Size;
  readonly queries: readonly Query[];
  /** Of the axis or the scale. */
  readonly max?: number;
  /** Series have the label `instance` and lead to the dashboard of that node. */
  readonly opensNode?: true;
}

interface Placeable<Builder> {
  title(title: string): Builder;
  description(description: string): Builder;
  unit(unit: string): Builder;
  span(width: number): Builder;
  height(height: number): Builder;
  datasource(datasource: typeof DATASOURCE): Builder;
}

export function place<Builder extends Placeable<Builder>>(
  panel: Builder,
  { title, description, unit, size }: Omit<PanelOptions, 'queries'>,
): Builder {
  return panel
    .title(title)
    .description(description)
    .unit(unit)
    .span(size.width)
    .height(size.height)
    .datasource(DATASOURCE);
}

/** @param index of the query in its panel, which gives it its letter */
function rangeQuery({ expr, legend }: Query, index: number): DataqueryBuilder {
  return query(expr, index).legendFormat(legend).range();
}

function instantQuery({ expr, legend }: Query, index: number): DataqueryBuilder {
  return query(expr, index).legendFormat(legend).instant();
}

/** All its labels and the value as a row; of several, the values are "Value #A", "Value #B". */
export function tableQuery(expr: string, index: number): DataqueryBuilder {
  return query(expr, index).format(PromQueryFormat.Table).instant();
}

function query(expr: string, index: number): DataqueryBuilder {
  return new DataqueryBuilder()
    .refId(String.fromCharCode('A'.charCodeAt(0) + index))
    .datasource(DATASOURCE)
    .expr(expr);
}

export function createTimeSeries(options: PanelOptions): TimeSeries {
  const panel = place(new TimeSeries(), options)
    .targets(options.queries.map(rangeQuery))
    .min(0)
    .lineWidth(1)
    .fillOpacity(10)
    .showPoints(VisibilityMode.Never)
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi))
    .legend(
      new VizLegendOptionsBuilder()
        .displayMode(LegendDisplayMode.Table)
        .placement(LegendPlacement.Bottom)
        .showLegend(true)
        .calcs(['mean', 'max', 'lastNotNull']),
    );
  colourByLabel(
    panel,
    options.queries.map(({ legend }) => legend),
  );
  if (options.opensNode) {
    panel.overrideByRegexp('/.*/', [linkToNode('series')]);
  }
  return options.max === undefined ? panel : panel.max(options.max);
}

/** Parts of a whole on top of one another. */
export function createStack(options: PanelOptions): TimeSeries {
  return createTimeSeries(options)
    .fillOpacity(40)
    .stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group('A'));
}

/** The value now: over a range, the last one would stay after everything has died. @param steps the colour from each value on; the first one has none */
export function createStat(options: PanelOptions, steps: Threshold[]): Stat {
  return place(new Stat(), options)
    .targets(options.queries.map(instantQuery))
    .graphMode(BigValueGraphMode.None)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']))
    .thresholds(new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(steps));
}

/** One bar for each series, the longest first. */
export function createBars(options: PanelOptions): BarGauge {
  const panel = place(new BarGauge(), options)
    .targets(options.queries.map(instantQuery))
    .min(0)
    .orientation(VizOrientation.Horizontal)
    .displayMode(BarGaugeDisplayMode.Gradient)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']));
  return options.opensNode ? panel.overrideByRegexp('/.*/', [linkToNode('series')]) : panel;
}

/** How the rows of a heat map come: cumulative buckets, which Grafana takes apart, or one series for each row. */
export type HeatmapRows = { readonly unit: string; readonly kind: 'buckets' | 'series' };

const ROW_FORMATS = {
  buckets: PromQueryFormat.Heatmap,
  series: PromQueryFormat.TimeSeries,
} as const;

/** `options.unit` is that of the cells. */
export function createHeatmap(options: PanelOptions, rows: HeatmapRows): Heatmap {
  const targets = options.queries.map((each, index) =>
    rangeQuery(each, index).format(ROW_FORMATS[rows.kind]),
  );
  const colour = new HeatmapColorOptionsBuilder()
    .mode(HeatmapColorMode.Scheme)
    .scheme('Oranges')
    .fill('dark-orange')
    .exponent(0.5)
    .steps(64);
  return place(new Heatmap(), options)
    .targets(targets)
    .calculate(false)
    .yAxis(new YAxisConfigBuilder().unit(rows.unit))
    .cellValues(new CellValuesBuilder().unit(options.unit))
    .color(colour);
}
