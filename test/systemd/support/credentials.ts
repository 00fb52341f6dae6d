// SPDX-License-Identifier: Apache-2.0
// The service with the settings to serve TLS and to ask for passwords, by files that its own user could not read.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Authority } from '../../e2e/support/authority.ts';
import { blocksOf } from './document.ts';
import type { Machine } from './machine.ts';
import { withSettings } from './service.ts';

const DOCUMENT = readFileSync(new URL('../../../../docs/web-config.md', import.meta.url), 'utf8');
const FOLDER = '/etc/xdp-exporter';
const PASSWORD = 'correct horse';

/** Leaves the service stopped. */
export async function checkCredentials(machine: Machine): Promise<void> {
  const authority = new Authority();
  try {
    const { cert, key } = authority.sign('own', 'DNS:localhost');
    const [user = ''] = execFileSync('htpasswd', ['-nbBC', '10', 'prometheus', PASSWORD], {
      encoding: 'utf8',
    }).split('\n');
    const [configuration = ''] = blocksOf('yaml', DOCUMENT);
    const files = {
      'web.yml': configuration.replace(/prometheus: .*/, () => user.replace(':', ': ')),
      'tls.crt': cert,
      'tls.key': key,
      'ca.crt': authority.cert,
    };
    await machine.type(`install -d -m 700 ${FOLDER}`);
    for (const [name, text] of Object.entries(files)) {
      await machine.type(`umask 077; cat > ${FOLDER}/${name} <<'END'\n${text}\nEND`);
    }
    await withSettings(machine, `${blocksOf('ini', DOCUMENT)[0]}`, async () => {
      await machine.type(
        'systemctl reset-failed; systemctl restart xdp-exporter || { journalctl -n 20 -u xdp-exporter >&2; false; }',
      );
      const ask = (more: string) =>
        machine.type(
          `curl -s -o /dev/null -w '%{http_code}' --cacert ${FOLDER}/ca.crt ${more} https://localhost:10390/metrics`,
        );
      assert.equal(await ask(''), '401');
      assert.equal(await ask(`--user 'prometheus:wrong'`), '401');
      assert.equal(await ask(`--user 'prometheus:${PASSWORD}'`), '200');
      await machine.type('systemctl stop xdp-exporter');
    });
  } finally {
    authority.close();
    await machine.type(`rm -rf ${FOLDER}`);
  }
}
