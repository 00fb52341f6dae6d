// SPDX-License-Identifier: Apache-2.0
// The table of docs/compatibility.md: each feature is tried on this one, and works where the table says so and nowhere else.
import assert from 'node:assert/strict';
import { release } from 'node:os';
import { test } from 'node:test';
import { startGenerator } from '../../src/demo/generator-process.ts';
import type { EngineOptions } from '../../src/engine/options.ts';
import { checkResult } from '../../src/ffi/errno.ts';
import { libbpf } from '../../src/ffi/libbpf.ts';
import { bindLibrary } from '../../src/ffi/library.ts';
import { readCpuMask } from '../../src/kernel/cpu-mask.ts';
import { PerCpuMap } from '../../src/kernel/per-cpu-map.ts';
import { claimsOf, type FeatureName } from './support/compatibility.ts';
import { ForeignPrograms, foreignFrame } from './support/foreign.ts';
import { Hook } from './support/hook.ts';
import { EVERY_PACKET, Observing } from './support/observing.ts';

const FRAMES = 100;
const DROPPED = foreignFrame({ verdict: 1, length: 100, source: 0xc633_6401 });
const BPF_MAP_TYPE_PERCPU_ARRAY = 6;

const { bpf_map_create } = bindLibrary('test-map', 'libbpf.so.1', {
  bpf_map_create: { params: ['i32', 'string', 'u32', 'u32', 'u32', 'buffer'], returns: 'i32' },
});

/** Whether every frame is counted, and where the logger is on, decoded. */
async function counts(
  hook: Hook,
  others: Partial<EngineOptions>,
  action: number,
): Promise<boolean> {
  const observing = new Observing(hook, ['co0'], { mode: 'auto', xdpMode: 'native', ...others });
  try {
    hook.send('co0', DROPPED, FRAMES);
    const { devices, parts } = await observing.settled();
    const counted = parts.traffic?.[0]?.packets[action];
    const decoded = parts.logger?.devices[0]?.decoded;
    return devices[0]?.up === true && counted === FRAMES && decoded === FRAMES;
  } finally {
    observing.session.close();
  }
}

/** While somebody else's program is on the device. */
async function occupied(hook: Hook, attempt: () => Promise<boolean>): Promise<boolean> {
  const foreign = new ForeignPrograms();
  const holding = hook.attach('co0', foreign.fd('foreign_plain'), 'link', 'native');
  try {
    return await attempt();
  } finally {
    holding.detach();
    foreign.close();
  }
}

const PASS = 2;
const DROP = 1;

const TRY: Readonly<Record<FeatureName, (hook: Hook) => boolean | Promise<boolean>>> = {
  attach: (hook) => counts(hook, {}, PASS),
  mapped: (hook) => counts(hook, { logger: { ...EVERY_PACKET, transport: 'mapped' } }, PASS),
  perf: (hook) => counts(hook, { logger: { ...EVERY_PACKET, transport: 'perf' } }, PASS),
  async frags() {
    const jumbo = new Hook(['co0'], 9000);
    try {
      return await counts(jumbo, {}, PASS);
    } finally {
      jumbo.close();
    }
  },
  observe: (hook) => occupied(hook, () => counts(hook, { mode: 'observe' }, DROP)),
  async tracepoints(hook) {
    try {
      return await counts(hook, { tracepoints: 'on' }, PASS);
    } catch (error) {
      assert.match(String(error), /tracepoint/);
      return false;
    }
  },
  batch() {
    const fd = checkResult(
      'create map',
      bpf_map_create(BPF_MAP_TYPE_PERCPU_ARRAY, 'batch', 4, 8, 2, null).value,
    );
    const [count, position, keys] = [Buffer.alloc(4), Buffer.alloc(4), Buffer.alloc(8)];
    count.writeUInt32LE(2);
    const values = Buffer.alloc(2 * 8 * readCpuMask('possible').length);
    const call = libbpf().bpf_map_lookup_batch(fd, null, position, keys, values, count, null);
    // Whatever the kernel has, the product reads.
    assert.equal(new PerCpuMap(fd, 8, readCpuMask('possible').length).read(2).words[0], 0n);
    return call.value >= 0 && count.readUInt32LE() === 2;
  },
  demo: (hook) =>
    occupied(hook, async () => {
      const { path: netns } = hook.netns;
      const { done } = startGenerator({ netns, device: 'co0-peer', frames: FRAMES });
      const { sent } = await done.catch((error) => {
        assert.match(String(error), /5\.18/);
        return { sent: 0 };
      });
      return sent === FRAMES;
    }),
};

test('each feature works where the table of kernels says so', { timeout: 120_000 }, async () => {
  const hook = new Hook(['co0']);
  const works: Record<string, boolean> = {};
  try {
    for (const [name, attempt] of Object.entries(TRY)) {
      works[name] = await attempt(hook);
    }
  } finally {
    hook.close();
  }
  assert.deepEqual(works, { ...claimsOf(release()) });
});
