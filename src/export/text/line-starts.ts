// SPDX-License-Identifier: Apache-2.0
// What a line of the text formats says before its value, and how text is escaped there.
import type { ExposedLabels } from '../family.ts';

/** With `name`, a sample's series as both formats write it: the name alone where there are no labels. */
export function formatSeries(name: string, labels: ExposedLabels): string {
  const pairs = Object.entries(labels)
    .filter(([, value]) => value !== undefined)
    .map(([label, value = '']) => `${label}="${escapeQuoted(value)}"`);
  return pairs.length === 0 ? name : `${name}{${pairs.join(',')}}`;
}

/** Of a label's value, and of a HELP in OpenMetrics. */
export function escapeQuoted(text: string): string {
  return escapeHelp(text).replaceAll('"', '\\"');
}

/** Of a HELP in the text format. */
export function escapeHelp(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}
