// SPDX-License-Identifier: Apache-2.0
// Both text formats as Python's prometheus_client reads it: a parser that nobody here wrote.
import { execFileSync } from 'node:child_process';
import type { Sample } from './exposition.ts';

/** Debian's own interpreter, for which scripts/setup.sh installs the module. */
const PYTHON = '/usr/bin/python3';

/** JSON without NaN and Infinity, which it cannot hold: numbers as Python writes them. */
const SCRIPT = `
import json, sys
if sys.argv[1] == "openmetrics":
    from prometheus_client.openmetrics.parser import text_string_to_metric_families
else:
    from prometheus_client.parser import text_string_to_metric_families
families = text_string_to_metric_families(sys.stdin.buffer.read().decode("utf-8"))
print(json.dumps([{
    "name": family.name, "type": family.type, "help": family.documentation,
    "samples": [[sample.name, sample.labels, repr(sample.value)] for sample in family.samples],
} for family in families]))
`;

export interface ParsedFamily {
  /** A counter's is without "_total", as OpenMetrics has it. */
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly samples: readonly Sample[];
}

/** Throws with what Python says of a text that it cannot read. */
export function readWithPython(
  exposition: string,
  format: 'text' | 'openmetrics' = 'text',
): ParsedFamily[] {
  const output = execFileSync(PYTHON, ['-c', SCRIPT, format], {
    input: exposition,
    encoding: 'utf8',
    timeout: 30_000,
    maxBuffer: 256 * 1024 * 1024,
  });
  const families = JSON.parse(output) as (Omit<ParsedFamily, 'samples'> & {
    readonly samples: readonly [string, Record<string, string>, string][];
  })[];
  return families.map((family) => ({
    ...family,
    samples: family.samples.map(([name, labels, value]) => ({
      name,
      labels,
      value: Number(value.replace('inf', 'Infinity')),
    })),
  }));
}
