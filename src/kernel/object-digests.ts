// SPDX-License-Identifier: Apache-2.0
// The BPF objects of the package are those of its build: their digests are written beside the code that was built with them.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { errorMessage, RequirementError } from '../errors.ts';

/** Next to the compiled sources: dist/src/kernel and dist/bpf. */
const OBJECTS = dirname(fileURLToPath(new URL('../../bpf/objects', import.meta.url)));
/** In the format of sha256sum(1). */
const DIGESTS = fileURLToPath(new URL('./objects.sha256', import.meta.url));

const REMEDY = 'rebuild or reinstall xdp-exporter, and restart one that was running meanwhile';

let known: ReadonlyMap<string, string> | undefined;

/** By name. As of the start: what an upgrade puts in the place of a file later belongs to other code. */
function digests(): ReadonlyMap<string, string> {
  known ??= readDigests();
  return known;
}

function readDigests(): ReadonlyMap<string, string> {
  let text: string;
  try {
    text = readFileSync(DIGESTS, 'utf8');
  } catch (cause) {
    throw new RequirementError(`read "${DIGESTS}": ${codeOf(cause)}; ${REMEDY}`, { cause });
  }
  const entries = [...text.matchAll(/^([0-9a-f]{64}) [ *](\S+)$/gm)];
  return new Map(entries.map(([, digest = '', name = '']) => [name, digest]));
}

/**
 * Before one is opened. Those that lie elsewhere are none of the package's, and nothing in it names one: tests have some.
 * Throws a RequirementError where a file is not what was built.
 */
export function checkObject(path: string): void {
  if (dirname(path) !== OBJECTS) {
    return;
  }
  let contents: Buffer;
  try {
    contents = readFileSync(path);
  } catch (cause) {
    throw new RequirementError(`open BPF object "${path}": ${codeOf(cause)}; ${REMEDY}`, { cause });
  }
  const digest = createHash('sha256').update(contents).digest('hex');
  if (digests().get(basename(path)) !== digest) {
    throw new RequirementError(
      `open BPF object "${path}": its digest does not match this build; ${REMEDY}`,
    );
  }
}

/** All of the package, also those that only another kernel or device would take. Throws as `checkObject` does. */
export function checkObjects(): void {
  for (const name of digests().keys()) {
    checkObject(join(OBJECTS, name));
  }
}

/** Of these objects as they were built, in any order: the same as long as their bytes are. */
export function digestOf(paths: readonly string[]): string {
  const lines = paths.map((path) => `${digests().get(basename(path)) ?? ''}  ${basename(path)}`);
  return createHash('sha256').update(lines.toSorted().join('\n')).digest('hex');
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? errorMessage(error);
}
