// SPDX-License-Identifier: Apache-2.0
// What to say where a module cannot be loaded. It must load then itself, so it imports nothing of ours.
import { fileURLToPath } from 'node:url';

/** One line. Node says which file is missing, but not which one is damaged: for that it has the folder. */
export function describeLoadFailure(error: unknown): string {
  if (error instanceof SyntaxError) {
    const folder = fileURLToPath(new URL('../../', import.meta.url));
    return `load the modules in "${folder}": one is damaged: ${error.message}; reinstall xdp-exporter`;
  }
  const cause = error instanceof Error ? error.message.split('\n')[0] : error;
  return `load modules: ${cause}; reinstall xdp-exporter`;
}
