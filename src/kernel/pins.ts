// SPDX-License-Identifier: Apache-2.0
// Programs that are pinned in a BPF file system: whoever may read and write the file may open them, by no other right.
import { readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { SystemError } from '../errors.ts';
import { errnoName } from '../ffi/errno.ts';
import { libbpf } from '../ffi/libbpf.ts';
import { libc } from '../ffi/libc.ts';
import { picomatch } from './globs.ts';
import { openProgram, readProgramInfo } from './program-info.ts';

/** What the kernel says a descriptor is; maps and links have ids of their own. */
const PROGRAM = 'anon_inode:bpf-prog';

/**
 * Opens the program of that id, and where that takes a right that the process lacks, a pin of it. The caller closes the
 * descriptor. Throws what `openProgram` throws; the error says which pins would not open.
 * @param patterns paths and globs of paths
 */
export function openProgramOrPin(id: number, patterns: readonly string[]): number {
  try {
    return openProgram(id);
  } catch (error) {
    if (!(error instanceof SystemError && error.code === 'EPERM') || patterns.length === 0) {
      throw error;
    }
    return openPin(id, patterns, error);
  }
}

function openPin(
  id: number,
  patterns: readonly string[],
  { operation, code }: SystemError,
): number {
  const refusals: string[] = [];
  for (const path of new Set(patterns.flatMap(expand))) {
    const { value: fd } = libbpf().bpf_obj_get(path);
    if (fd < 0) {
      refusals.push(`"${path}": ${errnoName(-fd)}`);
    } else if (isProgram(fd, id)) {
      return fd;
    } else {
      libc().close(fd);
    }
  }
  const [refusal = 'it is not among them'] = refusals;
  const pins = patterns.map((pattern) => `"${pattern}"`).join(', ');
  throw new SystemError(operation, code, `no pin of it at ${pins} (--observe.pin): ${refusal}`);
}

function isProgram(fd: number, id: number): boolean {
  return readlinkSync(`/proc/self/fd/${fd}`) === PROGRAM && readProgramInfo(fd).id === id;
}

/** What is there now; a path that is no glob stands for itself. */
function expand(pattern: string): readonly string[] {
  const { base, isGlob: hasWildcard } = picomatch().scan(pattern);
  if (!hasWildcard) {
    return [pattern];
  }
  const isMatch = picomatch()(pattern);
  try {
    return readdirSync(base, { recursive: true, encoding: 'utf8' })
      .map((name) => join(base, name))
      .filter((path) => isMatch(path));
  } catch {
    // Nothing is pinned there now.
    return [];
  }
}
