// SPDX-License-Identifier: Apache-2.0
// Which rights each transport's rings need.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readCpuMask } from '../../src/kernel/cpu-mask.ts';
import { skipUnlessRoot } from './support/root.ts';

const OPEN_RINGS = fileURLToPath(new URL('./support/open-rings.js', import.meta.url));
const KIB = 1024;
const MIB = 1024 * KIB;

const paranoia = () => Number(readFileSync('/proc/sys/kernel/perf_event_paranoid', 'utf8'));

/** What a process prints that opens the rings of all CPUs, and has those capabilities only and may lock no memory. */
function openRings(
  transport: 'mapped' | 'perf',
  sizeBytes: number,
  capabilities: readonly string[],
): string {
  const bounds = ['-all', ...capabilities.map((name) => `+${name}`)].join(',');
  const rights = [`--bounding-set=${bounds}`, '--inh-caps=-all', '--no-new-privs'];
  const call = [process.execPath, OPEN_RINGS, transport, String(sizeBytes)];
  const options = { encoding: 'utf8', timeout: 30_000 } as const;
  return execFileSync('prlimit', ['--memlock=0', 'setpriv', ...rights, ...call], options);
}

describe('mapped rings', { skip: skipUnlessRoot }, () => {
  test('have their full size with CAP_BPF alone, though no memory may be locked', () => {
    const sizes = readCpuMask('online').map(() => 4 * MIB);
    assert.equal(openRings('mapped', 4 * MIB, ['bpf']), sizes.join(' '));
  });

  test('are refused, with the reason, without it', () => {
    assert.throws(
      () => openRings('mapped', 4 * MIB, ['net_admin']),
      /create ring of 64 records: EPERM/,
    );
  });
});

describe('perf rings', { skip: skipUnlessRoot }, () => {
  test('are as large as the kernel grants to all without CAP_IPC_LOCK', (context) => {
    if (paranoia() < 0) {
      context.skip('kernel.perf_event_paranoid is -1: the kernel grants any size');
      return;
    }
    const sizes = openRings('perf', 512 * MIB, ['bpf', 'perfmon'])
      .split(' ')
      .map(Number);
    const [granted = 0] = sizes;
    assert.ok(granted >= 4 * KIB && granted < 512 * MIB, `${granted} bytes`);
    assert.equal(granted & (granted - 1), 0);
    assert.equal(sizes.length, readCpuMask('online').length);
    assert.deepEqual(new Set(sizes), new Set([granted]));
  });

  test('are refused without CAP_PERFMON, with the setting that refuses them', (context) => {
    if (paranoia() < 2) {
      context.skip('kernel.perf_event_paranoid is below 2: the kernel grants rings to all');
      return;
    }
    const message = openRings('perf', 4 * KIB, ['bpf']);
    assert.match(message, /^open perf ring of CPU 0: EACCES; use --logger\.transport mapped/);
  });
});
