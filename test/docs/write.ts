// SPDX-License-Identifier: Apache-2.0
// npm run docs: writes the pages that are made from the code, and the expositions that tests compare with.
import { writeFileSync } from 'node:fs';
import { catalogueText, GOLDEN_FILES } from '../unit/export/text/catalogue-families.ts';
import { metricsPage } from './metrics-page.ts';

writeFileSync(new URL('../../../docs/metrics.md', import.meta.url), metricsPage());
writeFileSync(GOLDEN_FILES.text, catalogueText('text'));
writeFileSync(GOLDEN_FILES.openmetrics, catalogueText('openmetrics'));
