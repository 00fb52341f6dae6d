// SPDX-License-Identifier: Apache-2.0
// Observing with each right taken away: what is counted all the same, and what is said of the rest.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import type { TopReport } from '../../src/cli/top/report.ts';
import { checkResult } from '../../src/ffi/errno.ts';
import { bindLibrary } from '../../src/ffi/library.ts';
import { ExporterProcess, runMain } from '../e2e/support/exporter-process.ts';
import { scrapeInside } from '../e2e/support/fetch-inside.ts';
import { skipBefore } from '../kernel/support/kernel-version.ts';
import { ForeignPrograms, foreignFrame } from './support/foreign.ts';
import { Hook } from './support/hook.ts';

const skip = skipBefore('5.17', 'for a tracing program to ask for a verdict');

/** An emulated machine takes its time to start Node. */
const timeoutMs = 120_000;

const { bpf_obj_pin } = bindLibrary('test-pin', 'libbpf.so.1', {
  bpf_obj_pin: { params: ['i32', 'string'], returns: 'i32' },
});

const PINS = '/sys/fs/bpf/observed';
const UNPRIVILEGED_BPF = '/proc/sys/kernel/unprivileged_bpf_disabled';

const DROPPED = foreignFrame({ verdict: 1, length: 100, source: 0xc633_6401 });

const THREE = ['bpf', 'perfmon', 'net_admin'];

describe('xdp-exporter beside a foreign program', { skip }, () => {
  let hook: Hook;
  let foreign: ForeignPrograms;
  before(() => {
    hook = new Hook(['or0', 'or1']);
    // The exporter serves there, too.
    hook.netns.batch(['link set lo up']);
    foreign = new ForeignPrograms();
    mkdirSync(PINS);
    for (const [device, name] of [
      ['or0', 'foreign_with_a_rather_long_name'],
      ['or1', 'foreign_untyped'],
    ] as const) {
      hook.attach(device, foreign.fd(name), 'link', 'native');
      checkResult('pin program', bpf_obj_pin(foreign.fd(name), `${PINS}/${name}`).value);
    }
    // What is pinned beside it may have the same id.
    checkResult('pin map', bpf_obj_pin(foreign.mapFd, `${PINS}/a_map`).value);
  });
  after(() => {
    rmSync(PINS, { recursive: true, force: true });
    foreign?.close();
    hook?.close();
  });

  /** setpriv(1) with these capabilities and no others, in the namespace of the devices. */
  function withOnly(capabilities: readonly string[]): readonly string[] {
    const set = ['-all', ...capabilities.map((name) => `+${name}`)].join(',');
    const within = ['nsenter', `--net=${hook.netns.path}`];
    return [...within, 'setpriv', `--bounding-set=${set}`, `--inh-caps=${set}`];
  }

  /** Whether `top` counts both devices with these rights: it ends with an error where one is down. */
  async function assertCounted(
    capabilities: readonly string[],
    args: readonly string[] = [],
  ): Promise<void> {
    const sending = setInterval(() => {
      hook.send('or0', DROPPED, 3);
      hook.send('or1', DROPPED, 2);
    }, 100);
    const { code, stdout, stderr } = await runMain(
      ['top', 'or0', 'or1', '--once', '--interval', '2', '-o', 'json', ...args],
      { timeoutMs, wrapper: withOnly(capabilities) },
    ).finally(() => clearInterval(sending));
    assert.equal(code, 0, stderr);
    const { devices } = JSON.parse(stdout) as TopReport;
    for (const { device, actions } of devices) {
      const seen = actions.filter(({ packets }) => packets > 0).map(({ action }) => action);
      assert.deepEqual(seen, ['drop'], `${device}: ${stdout}`);
    }
  }

  test('observes pinned programs with three capabilities', () =>
    assertCounted(THREE, ['--observe.pin', `${PINS}/*`]));

  test('says what it lacks with three capabilities alone, and stays up', async (t) => {
    const args = ['--device', 'or0', '--device', 'or1', '--observe.pin', `${PINS}/foreign_untyped`];
    const exporter = await ExporterProcess.start(args, { timeoutMs, wrapper: withOnly(THREE) });
    t.after(() => exporter.close());
    assert.match(
      exporter.log,
      /observe program .* on \\"or0\\": open program \d+: EPERM; no pin of it at .*: it is not among them; .*CAP_SYS_ADMIN/,
    );
    const samples = await scrapeInside(hook.netns.name, new URL('metrics', exporter.url).href);
    assert.equal(samples.get('xdp_device_up{device="or0"}'), 0);
    assert.equal(samples.get('xdp_device_down_info{device="or0",reason="permission"}'), 1);
    assert.equal(samples.get('xdp_device_up{device="or1"}'), 1);
    // The kernel's own name, which is all that may be read.
    const info = [...samples.keys()].find((series) => series.startsWith('xdp_program_info'));
    assert.match(info ?? '', /program="foreign_untyped",.*role="observed"/);
  });

  for (const [without, missing] of [
    ['bpf', /missing CAP_BPF \(/],
    ['perfmon', /missing CAP_PERFMON \(/],
    ['net_admin', /missing CAP_NET_ADMIN \(/],
  ] as const) {
    test(`exits without CAP_${without.toUpperCase()}, and attaches nothing`, async () => {
      const { code, stderr } = await runMain(['run', '--device', 'or0'], {
        timeoutMs,
        wrapper: withOnly(THREE.filter((name) => name !== without)),
      });
      assert.equal(code, 2, stderr);
      assert.match(stderr, missing);
    });
  }

  test('needs no other capability than CAP_SYS_ADMIN and CAP_NET_ADMIN', () =>
    assertCounted(['sys_admin', 'net_admin']));

  // Once it is 1 it stays so until the machine is started anew.
  for (const value of ['0', '2', '1']) {
    test(`does not mind kernel.unprivileged_bpf_disabled=${value}`, async () => {
      writeFileSync(UNPRIVILEGED_BPF, value);
      assert.equal(readFileSync(UNPRIVILEGED_BPF, 'utf8').trim(), value);
      await assertCounted(THREE, ['--observe.pin', `${PINS}/*`]);
    });
  }
});
