// SPDX-License-Identifier: Apache-2.0
// The maps of the tracepoint programs where they are full, cleared, or have no tracepoint to count for.
import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { SystemError } from '../../src/errors.ts';
import { readCpuMask } from '../../src/kernel/cpu-mask.ts';
import { BpfObject } from '../../src/kernel/object.ts';
import { TracepointMaps } from '../../src/kernel/tracepoint-maps.ts';
import { TracepointProgram } from '../../src/kernel/tracepoint-program.ts';
import { Provoker } from './support/provoker.ts';
import { skipUnlessRoot } from './support/root.ts';

const OBJECT = fileURLToPath(new URL('../../bpf/tracepoints.bpf.o', import.meta.url));

describe('TracepointMaps', { skip: skipUnlessRoot }, () => {
  const sizes = {
    possibleCpus: readCpuMask('possible').length,
    places: 4,
    devmapPaths: 1,
    cpumapPaths: 1,
  };

  it('count an event that finds no room, and never lose it in silence', async () => {
    const provoker = new Provoker('out');
    const maps = new TracepointMaps(OBJECT, sizes);
    const program = new TracepointProgram(maps, OBJECT, 'xdp_cpumap_enqueue');
    try {
      provoker.attach('native');
      const cpu = readCpuMask('online').at(-1) ?? 0;
      const map = provoker.openCpu(cpu, 512);
      // Another path has the only room.
      const full = new Provoker('out');
      try {
        full.attach('native');
        const other = full.openCpu(cpu, 512);
        await full.provoke({ deed: 'cpumap', argument: cpu }, 8);
        assert.deepEqual([...maps.cpumap.read().keys], [other, cpu]);
      } finally {
        full.close();
      }
      await provoker.provoke({ deed: 'cpumap', argument: cpu }, 8);
      assert.notEqual(maps.cpumap.read().keys[0], map);
      const { words } = maps.missed.read(2);
      const missed = words.slice(words.length / 2).reduce((sum, word) => sum + word, 0n);
      assert.ok(missed >= 1n && missed <= 8n, `${missed}`);
      assert.equal(program.misses(), 0);
    } finally {
      program.close();
      maps.close();
      provoker.close();
    }
  });

  it('forget what is counted at a place, and every path from it or to it', async () => {
    const provoker = new Provoker('out');
    const maps = new TracepointMaps(OBJECT, { ...sizes, devmapPaths: 8 });
    const program = new TracepointProgram(maps, OBJECT, 'xdp_devmap_xmit');
    try {
      const inode = statSync(provoker.middle.path).ino;
      const ifindex = provoker.ifindex(provoker.middle, 'in');
      maps.watch({ inode, ifindex }, 2);
      provoker.attach('native');
      provoker.receiveOnFar();
      provoker.lead('out');
      await provoker.provoke({ deed: 'devmap', argument: 0 }, 8);
      assert.equal(maps.devmap.read().count, 1);
      maps.clear(1);
      assert.equal(maps.devmap.read().count, 1);
      maps.clear(2);
      assert.equal(maps.devmap.read().count, 0);
    } finally {
      program.close();
      maps.close();
      provoker.close();
    }
  });

  it('are told by ESRCH of a tracepoint that the kernel does not have', () => {
    const object = new BpfObject(fileURLToPath(new URL('../bpf/absent.bpf.o', import.meta.url)));
    try {
      assert.throws(
        () => object.load('absent'),
        ({ cause }: Error) => cause instanceof SystemError && cause.code === 'ESRCH',
      );
    } finally {
      object.close();
    }
  });
});
