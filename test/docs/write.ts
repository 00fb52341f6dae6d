// SPDX-License-Identifier: Apache-2.0
// npm run docs: writes the pages and the passage that are made from the code, and the expositions that tests compare with.
import { readFileSync, writeFileSync } from 'node:fs';
import { insertTable } from '../../scripts/values-table.ts';
import { catalogueText, GOLDEN_FILES } from '../unit/export/text/catalogue-families.ts';
import { COMPATIBILITY_MARKS, compatibilityTable } from '../vm/support/compatibility.ts';
import { manualPage } from './manual-page.ts';
import { metricsPage } from './metrics-page.ts';
import { CHART_MARKS, chartOptions, chartTable, optionsPage } from './options-page.ts';
import { troubleshootingPage } from './troubleshooting-page.ts';

const PROJECT = new URL('../../../', import.meta.url);
const COMPATIBILITY = new URL('docs/compatibility.md', PROJECT);
const CHART = new URL('deploy/helm/xdp-exporter/README.md', PROJECT);

writeFileSync(new URL('docs/metrics.md', PROJECT), metricsPage());
writeFileSync(new URL('docs/options.md', PROJECT), optionsPage());
writeFileSync(new URL('docs/troubleshooting.md', PROJECT), troubleshootingPage());
const { version } = JSON.parse(readFileSync(new URL('package.json', PROJECT), 'utf8'));
const log = readFileSync(new URL('docs/log.md', PROJECT), 'utf8');
writeFileSync(new URL('docs/xdp-exporter.1', PROJECT), manualPage(version, log));
writeFileSync(CHART, insertTable(readFileSync(CHART, 'utf8'), chartTable(), CHART_MARKS));
writeFileSync(new URL('files/options.json', CHART), chartOptions());
writeFileSync(
  COMPATIBILITY,
  insertTable(readFileSync(COMPATIBILITY, 'utf8'), compatibilityTable(), COMPATIBILITY_MARKS),
);
writeFileSync(GOLDEN_FILES.text, catalogueText('text'));
writeFileSync(GOLDEN_FILES.openmetrics, catalogueText('openmetrics'));
