// SPDX-License-Identifier: Apache-2.0
// npm run docs: writes the pages that are made from the code.
import { writeFileSync } from 'node:fs';
import { metricsPage } from './metrics-page.ts';

writeFileSync(new URL('../../../docs/metrics.md', import.meta.url), metricsPage());
