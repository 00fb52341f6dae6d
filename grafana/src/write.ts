// SPDX-License-Identifier: Apache-2.0
// `npm run dashboards`: writes the dashboards as JSON, and what else follows from the catalogue.
import { writeFileSync } from 'node:fs';
import { committedFiles } from './committed.ts';

for (const { file, text } of committedFiles()) {
  writeFileSync(file, text);
  process.stdout.write(`wrote ${file.pathname}\n`);
}
