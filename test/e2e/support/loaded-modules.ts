// SPDX-License-Identifier: Apache-2.0
// Given to node by --import: says at the end how many files of OpenTelemetry's packages, which are CommonJS, the process
// has loaded. Its API is not counted: prom-client, which measures the process, loads that for itself.
import { createRequire } from 'node:module';

process.on('exit', () => {
  const loaded = Object.keys(createRequire(import.meta.url).cache);
  const count = loaded.filter((file) => /@opentelemetry\/(?!api\/)/.test(file)).length;
  process.stderr.write(`loaded_modules=${loaded.length} of_opentelemetry=${count}\n`);
});
