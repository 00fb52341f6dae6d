// SPDX-License-Identifier: Apache-2.0
// Asks systemd on a machine about the service, and changes what the service finds there.
import type { Machine } from './machine.ts';

const PROPERTIES = [
  'ActiveState',
  'NRestarts',
  'MainPID',
  'Result',
  'ExecMainStatus',
  'StatusText',
];

export async function showService(machine: Machine): Promise<Readonly<Record<string, string>>> {
  const text = await machine.type(`systemctl show -p ${PROPERTIES.join(',')} xdp-exporter`);
  return Object.fromEntries(text.split('\n').map((line) => line.split(/=(.*)/s, 2)));
}

/** With settings of the unit's own kind beside it, as "systemctl edit" leaves them. */
export async function withSettings(
  machine: Machine,
  text: string,
  work: () => Promise<void>,
): Promise<void> {
  const file = '/etc/systemd/system/xdp-exporter.service.d/override.conf';
  await machine.type(`mkdir -p "$(dirname ${file})"; cat > ${file} <<'END'\n${text}\nEND`);
  await machine.type('systemctl daemon-reload');
  try {
    await work();
  } finally {
    await machine.type(`rm ${file}; systemctl daemon-reload; systemctl reset-failed`);
  }
}
