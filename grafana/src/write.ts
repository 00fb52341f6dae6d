// SPDX-License-Identifier: Apache-2.0
// `npm run dashboards`: writes each dashboard as JSON, ready to import or to provision.
import { writeFileSync } from 'node:fs';
import { committedDashboards } from './committed.ts';

for (const { file, text } of committedDashboards()) {
  writeFileSync(file, text);
  process.stdout.write(`wrote ${file.pathname}\n`);
}
