// SPDX-License-Identifier: Apache-2.0
// The Debian package on a Debian 13 whose PID 1 is systemd: installed, counting, upgraded, removed. Slow: "npm run release:check".
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { parseExposition, type Samples, sumOf } from '../e2e/support/exposition.ts';
import { PROJECT } from '../image/support/built-image.ts';
import { succeed } from '../image/support/command.ts';
import { skipUnlessRoot } from '../kernel/support/root.ts';
import { prepareDebian13Root } from '../systemd/support/debian-root.ts';
import { sendCounted } from '../systemd/support/frames.ts';
import { type Machine, startMachine } from '../systemd/support/machine.ts';
import { showService } from '../systemd/support/service.ts';

const TIMEOUT_MS = 1_200_000;
const DEVICE = 'eth0';
const PEER = 'far0';
const PACKAGE = '/root/release/xdp-exporter_*_amd64.deb';
const SETTINGS = '/etc/default/xdp-exporter';
/** What docs/upgrade.md says to type, in a folder that holds the package. */
const [INSTALL = '', ROLL_BACK = '', REMOVE = ''] = [
  ...readFileSync(join(PROJECT, 'docs/upgrade.md'), 'utf8').matchAll(/```sh\n(.*?)```/gs),
].map(([, block = '']) => block.trim());
/** Nobody is there to answer a question. */
const KEEP = '--option Dpkg::Options::=--force-confold';

describe('the Debian package', { skip: skipUnlessRoot }, () => {
  let folder: string;
  let machine: Machine;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'xdp-release-'));
    await succeed('bash', ['scripts/release.sh', folder], { cwd: PROJECT, timeoutMs: TIMEOUT_MS });
    machine = await startMachine({
      root: await prepareDebian13Root(),
      folders: { '/root/release': folder },
      environment: {},
    });
    await machine.type(`ip link add ${DEVICE} type veth peer ${PEER}
      ip link set ${DEVICE} up && ip link set ${PEER} up
      ip addr add 192.0.2.1/24 dev ${DEVICE} && ip route add default via 192.0.2.2`);
  });
  after(async () => {
    await machine?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const scrape = async (): Promise<Samples> =>
    parseExposition(await machine.type('curl -sf http://127.0.0.1:10390/metrics'));

  const countFrames = () => sendCounted(machine, PEER, scrape);

  test('installs a service that runs at once, and counts every frame', async () => {
    await machine.type(`cp ${PACKAGE} . && ${INSTALL}`);
    const { ActiveState, StatusText } = await showService(machine);
    assert.equal(ActiveState, 'active');
    assert.equal(StatusText, 'serving http://127.0.0.1:10390/metrics');
    assert.equal(await machine.type('systemctl is-enabled xdp-exporter'), 'enabled');
    assert.equal(sumOf(await scrape(), 'xdp_device_up', { device: DEVICE }), 1);
    await countFrames();
  });

  test('brings the command, its manual page, its completions, and settings for root alone', async () => {
    assert.match(await machine.type('xdp-exporter --version'), /^\d+\.\d+\.\d+$/);
    assert.equal(await machine.type(`stat -c '%a %U' ${SETTINGS}`), '600 root');
    const socket =
      'systemctl show xdp-exporter.socket --property=UnitFileState,ActiveState --value';
    assert.deepEqual((await machine.type(socket)).split(/\s+/), ['inactive', 'disabled']);
    for (const file of [
      'man/man1/xdp-exporter.1.gz',
      'bash-completion/completions/xdp-exporter',
      'zsh/vendor-completions/_xdp-exporter',
      'fish/vendor_completions.d/xdp-exporter.fish',
      'doc/xdp-exporter/copyright',
    ]) {
      await machine.type(`test -s /usr/share/${file}`);
    }
  });

  test('keeps settings through an upgrade, after which the new version runs and counts', async () => {
    await machine.type(`echo XDP_EXPORTER_WEB_LISTEN_ADDRESS=127.0.0.1:10390 >>${SETTINGS}`);
    const settings = await machine.type(`cat ${SETTINGS}`);
    const before = await showService(machine);
    // The next version, whose own settings are others too.
    await machine.type(`dpkg-deb --raw-extract ${PACKAGE} next
      sed -i 's/^Version: .*/Version: 99.0.0-1/' next/DEBIAN/control
      echo '# New.' >>next/etc/default/xdp-exporter
      dpkg-deb --build next xdp-exporter_99.0.0-1_amd64.deb
      ${INSTALL.replace(/_[^_]+_/, '_99.0.0-1_')} ${KEEP}`);
    assert.match(await machine.type('dpkg --status xdp-exporter'), /^Version: 99\.0\.0-1$/m);
    const now = await showService(machine);
    assert.equal(now['ActiveState'], 'active');
    assert.notEqual(now['MainPID'], before['MainPID']);
    assert.equal(await machine.type(`cat ${SETTINGS}`), settings);
    assert.equal(await machine.type(`stat -c '%a %U' ${SETTINGS}`), '600 root');
    await countFrames();
  });

  test('goes back to the version before, settings and all', async () => {
    const settings = await machine.type(`cat ${SETTINGS}`);
    await machine.type(`${ROLL_BACK} ${KEEP}`);
    assert.doesNotMatch(await machine.type('dpkg --status xdp-exporter'), /^Version: 99/m);
    assert.equal(await machine.type(`cat ${SETTINGS}`), settings);
    await countFrames();
  });

  test('when it is removed takes its programs off, and leaves its settings', async () => {
    const [remove = ''] = REMOVE.split('\n');
    await machine.type(remove);
    assert.doesNotMatch(await machine.type(`ip link show ${DEVICE}`), /prog\/xdp/);
    await machine.type(`test -s ${SETTINGS} && ! command -v xdp-exporter`);
  });

  test('when it is purged leaves no trace', async () => {
    const [, purge = ''] = REMOVE.split('\n');
    await machine.type(`${purge} && rm -r next xdp-exporter_*.deb`);
    // Logs of dpkg and of the journal tell that it was there; so they should.
    const left = await machine.type(
      'find / -xdev -name "*xdp-exporter*" -not -path "/proc/*" -not -path "/root/release/*" -not -path "/var/log/*"',
    );
    assert.equal(left, '');
    assert.equal(
      await machine.type('systemctl list-units --all --plain "xdp-exporter*" --no-legend'),
      '',
    );
  });
});
