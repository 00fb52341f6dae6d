// SPDX-License-Identifier: Apache-2.0
// The dashboards as they are committed, as far as tests look at them.
import { readdirSync, readFileSync } from 'node:fs';
import { PROJECT } from './rules.ts';

export interface Target {
  readonly expr: string;
  readonly refId: string;
  readonly legendFormat?: string;
  readonly instant: boolean;
  readonly format?: string;
  readonly datasource: unknown;
}

export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly datasource?: unknown;
  readonly fieldConfig?: {
    readonly defaults: {
      readonly unit?: string;
      readonly custom?: { readonly stacking?: { readonly mode: string } };
      readonly thresholds?: { readonly steps: readonly { readonly value: number | null }[] };
    };
    readonly overrides: readonly Override[];
  };
  readonly options?: { readonly legend?: { readonly calcs: readonly string[] } };
  readonly targets?: readonly Target[];
  readonly gridPos: {
    readonly x: number;
    readonly y: number;
    readonly w: number;
    readonly h: number;
  };
  /** Of a row: whether it is closed, and what is in it then. */
  readonly collapsed?: boolean;
  readonly panels?: readonly Panel[];
}

interface Override {
  readonly matcher: { readonly id: string; readonly options: string };
  readonly properties: readonly { readonly id: string; readonly value: unknown }[];
}

interface Annotation {
  readonly name: string;
  readonly datasource: unknown;
  readonly expr: string;
  readonly step: string;
}

interface Variable {
  readonly name: string;
  readonly label: string;
  readonly type: string;
  readonly query: string | { readonly query: string };
  readonly datasource?: unknown;
  readonly multi: boolean;
  readonly includeAll: boolean;
  readonly allValue?: string;
  readonly current?: unknown;
  readonly refresh?: number;
}

export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly editable: boolean;
  readonly refresh: string;
  readonly timezone: string;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly Variable[] };
  readonly annotations: { readonly list: readonly Annotation[] };
}

const FOLDER = new URL('grafana/', PROJECT);

export const dashboards: readonly Dashboard[] = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.json'))
  .map((name) => JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8')) as Dashboard);

/** All of them, those in closed rows too. */
export function allPanels({ panels }: Dashboard): readonly Panel[] {
  return panels.flatMap((panel) => [panel, ...(panel.panels ?? [])]);
}

/** Those that show something: all but the headings of rows. */
export function shownPanels(dashboard: Dashboard): readonly Panel[] {
  return allPanels(dashboard).filter(({ type }) => type !== 'row');
}
