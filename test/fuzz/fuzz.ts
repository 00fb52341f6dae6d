// SPDX-License-Identifier: Apache-2.0
// npm run fuzz: feeds every reader of bytes that others write with mutated ones, and prints how many there were.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type Outcome, runTarget } from './run-target.ts';
import { TARGETS } from './targets.ts';

const HELP = `npm run fuzz -- [--seconds N] [--executions N] [--target NAME]... [--seed N] [--json FILE]
  --seconds     for each target; 5 where --executions is not given either
  --executions  of each target; the first of the two bounds ends it
  --target      this one alone; may be repeated: ${TARGETS.map(({ name }) => name).join(', ')}
  --seed        makes the same inputs again
  --input       base64: this input alone, as a failure prints it; with one --target
  --json        a file for what the table says
`;

const { values } = parseArgs({
  options: {
    seconds: { type: 'string' },
    executions: { type: 'string' },
    target: { type: 'string', multiple: true },
    seed: { type: 'string' },
    input: { type: 'string' },
    json: { type: 'string' },
    help: { type: 'boolean' },
  },
});

function fail(problem: string): never {
  process.stderr.write(`${problem}\n${HELP}`);
  process.exit(2);
}

function numberOf(name: 'seconds' | 'executions' | 'seed', absent: number): number {
  const text = values[name];
  if (text !== undefined && !/^\d{1,15}(?:\.\d+)?$/.test(text)) {
    fail(`read --${name} "${text}": not a number`);
  }
  return text === undefined ? absent : Number(text);
}

function chosenTargets() {
  for (const name of values.target ?? []) {
    if (TARGETS.every((target) => target.name !== name)) {
      fail(`read --target "${name}": there is no such target`);
    }
  }
  return TARGETS.filter(({ name }) => values.target?.includes(name) ?? true);
}

function lineOf({ target, inputs, executions, seconds, failure }: Outcome): string {
  const perSecond = Math.round(executions / seconds);
  const columns = [inputs, executions, perSecond].map((count) => String(count).padStart(12));
  const state = failure === undefined ? 'ok' : 'FAILED';
  return `${target.padEnd(16)}${columns.join('')}${seconds.toFixed(1).padStart(9)}  ${state}\n`;
}

/** What to type to see it again. */
function reportOf({ target, input, failure }: Outcome): string {
  const base64 = input?.toString('base64') ?? '';
  return `\n${failure}\nagain: npm run fuzz -- --target ${target} --input ${base64 || "''"}\n\n`;
}

async function main(): Promise<void> {
  if (values.help === true) {
    process.stdout.write(HELP);
    return;
  }
  const seed = numberOf('seed', Date.now() % 2 ** 32);
  const executions = numberOf('executions', Number.POSITIVE_INFINITY);
  const seconds = numberOf('seconds', values.executions === undefined ? 5 : 86_400);
  const input = values.input === undefined ? {} : { input: Buffer.from(values.input, 'base64') };
  process.stdout.write(`seed ${seed}\n`);
  process.stdout.write(
    `${'target'.padEnd(16)}${['inputs', 'executions', 'per second'].map((title) => title.padStart(12)).join('')}  seconds\n`,
  );
  const outcomes: Outcome[] = [];
  for (const target of chosenTargets()) {
    const module = new URL('./targets.js', import.meta.url).href;
    const outcome = await runTarget(target, module, { seed, executions, seconds, ...input });
    outcomes.push(outcome);
    process.stdout.write(lineOf(outcome));
    if (outcome.failure !== undefined) {
      process.stdout.write(reportOf(outcome));
      process.exitCode = 1;
    }
  }
  const total = outcomes.reduce((sum, each) => sum + each.executions, 0);
  process.stdout.write(`${total} executions of ${outcomes.length} targets\n`);
  if (values.json !== undefined) {
    const results = outcomes.map((each) => ({ ...each, input: each.input?.toString('base64') }));
    writeFileSync(values.json, `${JSON.stringify({ seed, total, targets: results }, null, 2)}\n`);
  }
}

await main();
