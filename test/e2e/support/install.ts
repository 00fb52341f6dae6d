// SPDX-License-Identifier: Apache-2.0

/** How README.md says that the package is made, installed and tried. */
export const INSTALL = {
  pack: 'npm pack',
  install: 'npm install --global ./xdp-exporter-0.1.0.tgz',
  version: 'xdp-exporter --version',
} as const;
