// SPDX-License-Identifier: Apache-2.0
// Takes PromQL apart by Prometheus's own grammar.
import type { SyntaxNodeRef } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';

export interface Selector {
  readonly metric: string;
  /** As written, `action="drop"`. */
  readonly matchers: readonly string[];
  /** Functions and aggregations around it, from the outside in: `sum`, `rate`. */
  readonly within: readonly string[];
  /** As written, `$__rate_interval`; undefined for an instant selector. */
  readonly range: string | undefined;
}

/** Grafana puts a duration there; the grammar wants one now. */
const STAND_INS = { '7m': '$__rate_interval', '9m': '$__range' } as const;

/** Throws where the text is not PromQL. */
export function selectorsOf(expr: string): readonly Selector[] {
  const text = Object.entries(STAND_INS).reduce(
    (filled, [standIn, name]) => filled.replaceAll(name, standIn),
    expr,
  );
  const selectors: Selector[] = [];
  const within: string[] = [];
  let range: string | undefined;
  const sliceOf = (node: SyntaxNodeRef) => text.slice(node.from, node.to);
  parser.parse(text).iterate({
    enter(node) {
      if (node.type.isError) {
        throw new Error(`parse PromQL "${expr}": error at ${node.from}`);
      }
      if (node.name === 'FunctionIdentifier' || node.name === 'AggregateOp') {
        within.push(sliceOf(node));
      } else if (node.name === 'MatrixSelector') {
        const duration = /\[(.*)\]$/.exec(sliceOf(node))?.[1];
        range = STAND_INS[duration as keyof typeof STAND_INS] ?? duration;
      } else if (node.name === 'VectorSelector') {
        selectors.push({ ...readSelector(sliceOf(node)), within: [...within], range });
      }
    },
    leave(node) {
      if (node.name === 'FunctionCall' || node.name === 'AggregateExpr') {
        within.pop();
      } else if (node.name === 'MatrixSelector') {
        range = undefined;
      }
    },
  });
  return selectors;
}

function readSelector(text: string): Pick<Selector, 'metric' | 'matchers'> {
  const [, metric = '', inside = ''] = /^([\w:]*)\s*(?:\{(.*)\})?/s.exec(text) ?? [];
  const matchers = inside.match(/\w+\s*(?:=~|!~|!=|=)\s*"[^"]*"/g) ?? [];
  return { metric, matchers };
}
