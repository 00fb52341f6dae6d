// SPDX-License-Identifier: Apache-2.0
// The README's first commands on a machine that has Debian 12, Node.js 20 and npm, and nothing else of ours.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, type TestContext, test } from 'node:test';
import { parseExposition, sumOf } from '../e2e/support/exposition.ts';
import { skipUnlessRoot } from '../kernel/support/root.ts';
import { PROJECT } from './support/built-image.ts';
import { type Finished, succeed } from './support/command.ts';
import { createDebianRoot } from './support/debian-root.ts';
import { createPodman, type Podman } from './support/podman.ts';

/** In the clean machine. */
const CLONE = '/root/xdp-exporter';
const METRICS_URL = 'http://127.0.0.1:10390/metrics';
const DEMO_TIMEOUT_MS = 300_000;
const TEST_TIMEOUT_MS = 1_500_000;

describe('a fresh machine', { skip: skipUnlessRoot }, () => {
  let podman: Podman;
  let root: string;

  before(async () => {
    podman = await createPodman();
    root = join(podman.folder, 'root');
    await createDebianRoot(root, '20', { npm: '10' });
    await succeed('git', ['clone', '--quiet', '--no-hardlinks', PROJECT, join(root, CLONE)]);
  });
  after(() => podman?.close());

  /**
   * Types a command in the clone, in a container that sees nothing of this machine's files. Tests make namespaces and
   * mounts, hence all privileges; packages come over this machine's network.
   */
  async function type(t: TestContext, command: string, timeoutMs: number): Promise<Finished> {
    const start = performance.now();
    const container = ['run', '--rm', '--privileged', '--network', 'host', '--workdir', CLONE];
    const env = ['--env', 'HOME=/root', '--env', 'CI=true'];
    const shell = ['bash', '-c', command];
    const ended = await podman.try([...container, ...env, '--rootfs', root, ...shell], {
      timeoutMs,
    });
    t.diagnostic(`${command}: ${seconds(start)} s`);
    return ended;
  }

  test('it has no compiler, no libbpf and no clone of ours built', async (t) => {
    const ended = await type(t, 'command -v clang ip git curl; ls dist node_modules', 60_000);
    assert.equal(ended.stdout.trim(), '');
    assert.match((await type(t, 'node --version', 60_000)).stdout, /^v20\./);
  });

  test('the demo installs what is missing, and serves rising counters', async (t) => {
    const start = performance.now();
    const demo = type(t, 'npm run demo -- --duration 10', DEMO_TIMEOUT_MS);
    const totals: number[] = [];
    const isOver = demo.then(() => true);
    const pause = () => new Promise<false>((resolve) => setTimeout(resolve, 500, false));
    while (!(await Promise.race([isOver, pause()]))) {
      const packets = await readTotal();
      if (packets !== undefined && totals.push(packets) === 1) {
        t.diagnostic(`first metrics after ${seconds(start)} s`);
      }
    }
    const { code, stdout, stderr } = await demo;
    assert.equal(code, 0, `${stdout}\n${stderr}`);
    assert.ok(totals.length >= 2, `${totals.length} scrapes`);
    assert.ok((totals.at(-1) ?? 0) > (totals[0] ?? 0), totals.join(' '));
  });

  test('npm test passes', async (t) => {
    const { code, stdout, stderr } = await type(t, 'npm test', TEST_TIMEOUT_MS);
    for (const [, line = ''] of stdout.matchAll(/^ℹ ((?:pass|fail|skipped) \d+)$/gm)) {
      t.diagnostic(line);
    }
    // It says at its end what failed.
    assert.equal(code, 0, `${stdout}\n${stderr}`.slice(-30_000));
  });
});

/** Undefined where nothing serves, or not yet, or no longer. */
async function readTotal(): Promise<number | undefined> {
  try {
    const response = await fetch(METRICS_URL, { signal: AbortSignal.timeout(2_000) });
    if (!response.ok) {
      return undefined;
    }
    return sumOf(parseExposition(await response.text()), 'xdp_packets_total');
  } catch {
    return undefined;
  }
}

function seconds(start: number): string {
  return ((performance.now() - start) / 1000).toFixed(1);
}
