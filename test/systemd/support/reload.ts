// SPDX-License-Identifier: Apache-2.0
// The service with a configuration file, and the reload that the document gives for it.
import assert from 'node:assert/strict';
import { until } from '../../e2e/support/namespace.ts';
import { blocksOf } from './document.ts';
import type { Machine } from './machine.ts';
import { showService } from './service.ts';

const FILE = '/etc/xdp-exporter.yaml';
const SETTINGS = '/etc/default/xdp-exporter';
const RESTART = 'systemctl reset-failed; systemctl restart xdp-exporter';

/** Another device is taken at a reload, by the same process. Leaves settings and service as they were. */
export async function checkReload(machine: Machine, device: string): Promise<void> {
  const write = (text: string) => machine.type(`echo '${text}' > ${FILE}; chmod 644 ${FILE}`);
  const variables = `XDP_EXPORTER_CONFIG_FILE=${FILE} XDP_EXPORTER_DEVICE_DEFAULT_ROUTE=`;
  await write(`device: ${device}`);
  await machine.type(`cp ${SETTINGS} kept; printf '%s\\n' ${variables} >> ${SETTINGS}; ${RESTART}`);
  try {
    const { MainPID } = await showService(machine);
    await write(`device: [${device}, lo]`);
    await machine.type(blocksOf('sh')[3] ?? '');
    await until('lo is taken', async () => /prog\/xdp/.test(await machine.type('ip link show lo')));
    assert.equal((await showService(machine))['MainPID'], MainPID);
  } finally {
    await machine.type(`mv kept ${SETTINGS}; rm ${FILE}; ${RESTART}`);
  }
}
