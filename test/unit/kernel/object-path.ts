// SPDX-License-Identifier: Apache-2.0
// Where the build puts BPF objects: dist/bpf and dist/test/bpf.
import { fileURLToPath } from 'node:url';

/** A built object, such as ("bpf", "xdp_exporter"). */
export function objectPath(folder: 'bpf' | 'test/bpf', name: string): string {
  return fileURLToPath(new URL(`../../../${folder}/${name}.bpf.o`, import.meta.url));
}
