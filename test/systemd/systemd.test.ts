// SPDX-License-Identifier: Apache-2.0
// The service as docs/systemd.md installs it, on a machine whose PID 1 is systemd. Slow: "npm run test:systemd".
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { parseExposition, type Samples, sumOf } from '../e2e/support/exposition.ts';
import { until } from '../e2e/support/namespace.ts';
import { skipUnlessRoot } from '../kernel/support/root.ts';
import { checkCredentials } from './support/credentials.ts';
import { prepareDebianRoot } from './support/debian-root.ts';
import { blocksOf, DOCUMENT } from './support/document.ts';
import { checkDropping } from './support/dropping.ts';
import { FRAMES, sendCounted } from './support/frames.ts';
import { type Machine, startMachine } from './support/machine.ts';
import { checkObserving } from './support/observing.ts';
import { packProject } from './support/package.ts';
import { checkPinning } from './support/pinning.ts';
import { checkReadiness } from './support/readiness.ts';
import { checkReload } from './support/reload.ts';
import { checkEngineRights, checkWireRights } from './support/rights.ts';
import { showService, withSettings } from './support/service.ts';

/** The device that the service finds by the default route, and the other end of its pair. */
const DEVICE = 'eth0';
const PEER = 'far0';

/** Of the whole kernel, and so of this machine too. */
const PARANOID = Number(readFileSync('/proc/sys/kernel/perf_event_paranoid', 'utf8'));

/** Of the unit, and a little more. */
const RESTART_SECONDS = 15;

describe('the systemd service', { skip: skipUnlessRoot }, () => {
  let folder: string;
  let machine: Machine;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'xdp-systemd-package-'));
    packProject(folder);
    machine = await startMachine({
      root: await prepareDebianRoot(),
      folders: { '/root/package': folder },
      environment: { npm_config_offline: 'true' },
    });
    await machine.type(`mv package/*.tgz .
      ip link add ${DEVICE} type veth peer ${PEER}
      ip link set ${DEVICE} up && ip link set ${PEER} up
      ip addr add 192.0.2.1/24 dev ${DEVICE} && ip route add default via 192.0.2.2`);
  });
  after(async () => {
    await machine?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const show = () => showService(machine);

  const scrape = async (): Promise<Samples> =>
    parseExposition(await machine.type('curl -sf http://127.0.0.1:10390/metrics'));

  const hasProgram = async (device = DEVICE) =>
    /prog\/xdp/.test(await machine.type(`ip link show ${device}`));

  /** Starts from nothing: what happened before does not count. */
  const RESTART = 'systemctl reset-failed; systemctl restart xdp-exporter';
  const restart = () => machine.type(RESTART);

  const countFrames = () => sendCounted(machine, PEER, scrape);

  async function diesAndComesBack(kill: string): Promise<void> {
    await restart();
    const before = await show();
    await machine.type(kill);
    await until(
      'it was started again',
      async () => {
        const { ActiveState, MainPID } = await show();
        return ActiveState === 'active' && MainPID !== before['MainPID'];
      },
      RESTART_SECONDS,
    );
    assert.equal((await show())['NRestarts'], '1');
    assert.ok(await hasProgram());
  }

  test('is installed and started by what the document says, as typed', async () => {
    const [install = '', look = '', again = ''] = blocksOf('sh');
    await machine.type(`set -e\n${install}`);
    assert.deepEqual(
      { ...(await show()), MainPID: '' },
      {
        ActiveState: 'active',
        NRestarts: '0',
        MainPID: '',
        Result: 'success',
        ExecMainStatus: '0',
        StatusText: 'serving http://127.0.0.1:10390/metrics',
      },
    );
    assert.match(await machine.type(`set -e\n${look}`), /^xdp_device_up\{device="eth0"\} 1$/m);
    await machine.type(again);
    assert.equal(blocksOf('sh').length, 8);
    assert.ok(await hasProgram());
  });

  test('has a unit in which systemd-analyze finds nothing to say', async () => {
    const verify = 'systemd-analyze verify --man=no xdp-exporter.service 2>&1';
    assert.equal(await machine.type(verify), '');
  });

  test('is exposed as little as the document says', async (t) => {
    const [score] = (await machine.type('systemd-analyze security xdp-exporter')).match(
      /Overall exposure level.*/,
    ) ?? [''];
    t.diagnostic(score);
    const documented = /xdp-exporter` reports an exposure of (\d\.\d)/.exec(DOCUMENT)?.[1];
    assert.match(score, new RegExp(`: ${documented} OK`));
  });

  test('runs as nobody known, with three capabilities and no way to others', async () => {
    await checkEngineRights(machine);
    // A core would hold addresses.
    assert.equal(await machine.type('systemctl show -P LimitCORE xdp-exporter'), '0');
  });

  test('starts what talks to the network as the same user, without any capability', async () => {
    checkWireRights(machine);
    assert.equal(sumOf(await scrape(), 'xdp_exporter_wire_info', { isolation: 'ambient' }), 1);
  });

  test(`counts and logs exactly ${FRAMES} frames`, async () => {
    await countFrames();
    await machine.type(
      'xdp-exporter top --once 2>&1 >/dev/null | grep "joined the running exporter"',
    );
  });

  test('is started again after SIGKILL, and counts', async () => {
    await diesAndComesBack('systemctl kill --signal=KILL xdp-exporter');
    await countFrames();
  });

  test('is active only once it has said so', () =>
    checkReadiness(machine, async () => (await scrape().catch(() => new Map())).size > 0));

  test('is alive to the watchdog, and started again when it hangs', async () => {
    await withSettings(machine, '[Service]\nWatchdogSec=2s', async () => {
      await restart();
      await new Promise((resolve) => setTimeout(resolve, 5_000));
      assert.equal((await show())['NRestarts'], '0');
      await diesAndComesBack('systemctl kill --signal=STOP xdp-exporter');
      assert.match(await machine.type('journalctl -u xdp-exporter'), /Watchdog timeout/);
    });
  });

  test('ends with status 2 over a wrong setting, says why, and stays down', async () => {
    const file = '/etc/default/xdp-exporter';
    await machine.type(`cp ${file} kept; echo XDP_EXPORTER_XDP_MODE=turbo >> ${file}`);
    const { code } = await machine.attempt(RESTART);
    assert.equal(code, 1);
    await new Promise((resolve) => setTimeout(resolve, 7_000));
    const { ActiveState, NRestarts, Result, ExecMainStatus } = await show();
    assert.deepEqual(
      { ActiveState, NRestarts, Result, ExecMainStatus },
      { ActiveState: 'failed', NRestarts: '0', Result: 'exit-code', ExecMainStatus: '2' },
    );
    const journal = await machine.type('journalctl -u xdp-exporter');
    assert.match(journal, /read XDP_EXPORTER_XDP_MODE "turbo": not one of/);
    await machine.type(`mv kept ${file}`);
  });

  test('takes other devices at a reload, without a restart', () => checkReload(machine, DEVICE));

  test('enters another network namespace with the capability that the document adds', async () => {
    const [settings = ''] = blocksOf('ini');
    const flags = 'Environment=XDP_EXPORTER_NETNS=other XDP_EXPORTER_DEVICE=lo';
    await machine.type('ip netns add other; ip -netns other link set lo up');
    await withSettings(machine, `${settings}\n${flags}`, async () => {
      await restart();
      assert.equal(sumOf(await scrape(), 'xdp_device_up', { device: 'lo' }), 1);
      assert.match(await machine.type('ip -netns other link show lo'), /prog\/xdp/);
      assert.equal(await hasProgram('lo'), false);
    });
  });

  test('opens perf rings with the settings that the document adds', {
    skip: PARANOID > 2 && 'kernel.perf_event_paranoid is above 2: the kernel refuses them',
  }, async () => {
    await withSettings(machine, `${blocksOf('ini')[1]}`, async () => {
      await restart();
      await countFrames();
      const pid = '_PID="$(systemctl show -P MainPID xdp-exporter)"';
      const log = await machine.type(`journalctl -u xdp-exporter ${pid}`);
      assert.match(log, /msg=serving/);
      assert.doesNotMatch(log, /level=(warn|error)/);
    });
  });

  test('attaches nothing, and may open programs, with the settings to observe that the document adds', () =>
    checkObserving(machine, DEVICE, `${blocksOf('ini')[4]}`));

  test('has no capability left once it is ready, and counts, with the settings to drop privileges', () =>
    checkDropping(machine, `${blocksOf('ini')[2]}`, countFrames));

  test('leaves its program on the device with the settings to keep counters, until unpin', () =>
    checkPinning(machine, DEVICE, `${blocksOf('ini')[3]}`));

  test('serves TLS and asks for a password with the settings of web-config.md', () =>
    checkCredentials(machine));

  test('is upgraded by what the document says, as typed, and keeps its settings', async () => {
    const [install = '', , , , upgrade = ''] = blocksOf('sh');
    const { MainPID } = await show();
    await machine.type(`echo '# mine' >> /etc/default/xdp-exporter
      set -e\n${install}${upgrade}`);
    assert.match(await machine.type('cat /etc/default/xdp-exporter'), /^# mine$/m);
    assert.notEqual((await show())['MainPID'], MainPID);
    assert.ok(await hasProgram());
  });

  test('takes its program off the device when it is stopped', async () => {
    await restart();
    assert.ok(await hasProgram());
    await machine.type('systemctl stop xdp-exporter');
    assert.equal(await hasProgram(), false);
    const { ActiveState, Result, ExecMainStatus } = await show();
    assert.deepEqual(
      { ActiveState, Result, ExecMainStatus },
      { ActiveState: 'inactive', Result: 'success', ExecMainStatus: '0' },
    );
  });

  test('is removed without a trace by what the document says, as typed', async () => {
    await restart();
    await machine.type(`set -e\n${blocksOf('sh')[5]}`);
    assert.equal(await hasProgram(), false);
    assert.equal((await machine.attempt('systemctl cat xdp-exporter')).code, 1);
    const left = 'find /etc /usr/local /var/lib -name "*xdp-exporter*"';
    assert.equal(await machine.type(left), '');
  });
});
