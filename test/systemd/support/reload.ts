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

/**
 * Another device is taken at a reload, by the same process, and the journal says what else has changed or is wrong. Leaves
 * settings and service as they were.
 */
export async function checkReload(machine: Machine, device: string): Promise<void> {
  const write = (text: string) => machine.type(`echo '${text}' > ${FILE}; chmod 644 ${FILE}`);
  const variables = `XDP_EXPORTER_CONFIG_FILE=${FILE} XDP_EXPORTER_DEVICE_DEFAULT_ROUTE=`;
  await write(`device: ${device}`);
  await machine.type(`cp ${SETTINGS} kept; printf '%s\\n' ${variables} >> ${SETTINGS}; ${RESTART}`);
  try {
    const { MainPID } = await showService(machine);
    const reload = async (text: string, said: RegExp) => {
      await write(text);
      await machine.type(blocksOf('sh')[3] ?? '');
      const journal = `journalctl _PID=${MainPID}`;
      await until(`${said} is said`, async () => said.test(await machine.type(journal)));
    };
    const isTaken = async () => /prog\/xdp/.test(await machine.type('ip link show lo'));
    await reload(
      `{ device: [${device}, lo], top.sources: 7 }`,
      /changed option needs a restart" option=top.sources origin="\/etc\/xdp-exporter.yaml:1 top.sources"/,
    );
    await until('lo is taken', isTaken);
    await reload(
      '{ device: [lo',
      /reload configuration: .*xdp-exporter.yaml.*; no option was changed/,
    );
    assert.ok(await isTaken());
    assert.equal((await showService(machine))['MainPID'], MainPID);
  } finally {
    await machine.type(`mv kept ${SETTINGS}; rm ${FILE}; ${RESTART}`);
  }
}
