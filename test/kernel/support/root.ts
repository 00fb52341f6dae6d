// SPDX-License-Identifier: Apache-2.0
// Tests that load programs or make namespaces: as root they run, elsewhere they say why they do not.

/** For the `skip` option of node:test. */
export const skipUnlessRoot: string | false =
  process.getuid?.() === 0 ? false : 'needs root: it loads BPF programs';
