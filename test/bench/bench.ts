// SPDX-License-Identifier: Apache-2.0
// npm run bench: every claim of speed, each beside a baseline of the same run, as a table and as bench.json.
import { writeFileSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { benchKernel } from './kernel.ts';
import { benchLoad } from './load.ts';
import { benchLogins } from './logins.ts';
import { benchOtlp } from './otlp.ts';
import { benchProcess } from './process.ts';
import { benchRender } from './render.ts';
import { formatTable, isWithinGate, type Result } from './result.ts';
import { benchScrape } from './scrape.ts';
import { benchSources } from './sources.ts';
import { benchTop } from './top.ts';
import { benchTracepoints } from './tracepoints.ts';

if (process.getuid?.() !== 0) {
  process.stderr.write('bench: needs root: it loads BPF programs and makes network namespaces\n');
  process.exit(2);
}

const results: Result[] = [];
// The last one pins this process to a CPU, which its children would inherit.
for (const bench of [
  benchScrape,
  benchRender,
  benchOtlp,
  benchLogins,
  benchProcess,
  benchLoad,
  benchTop,
  benchSources,
  benchTracepoints,
  benchKernel,
]) {
  process.stderr.write(`bench: ${bench.name}\n`);
  results.push(...(await bench()));
}
const machine = {
  kernel: release(),
  node: process.version,
  cpu: cpus()[0]?.model,
  cpus: cpus().length,
};
writeFileSync('bench.json', `${JSON.stringify({ machine, results }, null, 2)}\n`);
process.stdout.write(`${formatTable(results)}\n`);
process.exit(results.every(isWithinGate) ? 0 : 1);
