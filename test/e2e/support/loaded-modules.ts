// SPDX-License-Identifier: Apache-2.0
// Given to node by --import: says at the end how many files of each library, all of which are CommonJS, the process has
// loaded. OpenTelemetry's API is not counted: prom-client, which measures the process, loads that for itself.
import { createRequire } from 'node:module';

process.on('exit', () => {
  const loaded = Object.keys(createRequire(import.meta.url).cache);
  const count = (library: RegExp) => loaded.filter((file) => library.test(file)).length;
  const counts = [
    `of_opentelemetry=${count(/@opentelemetry\/(?!api\/)/)}`,
    `of_prom_client=${count(/\/prom-client\//)}`,
    `of_ffi=${count(/\/ffi-rs\//)}`,
  ];
  process.stderr.write(`${counts.join(' ')}\n`);
});
