// SPDX-License-Identifier: Apache-2.0
// The maps of the tracepoint programs where they are full, cleared, or have no tracepoint to count for.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { SystemError, VerifierError } from '../../src/errors.ts';
import { readCpuMask } from '../../src/kernel/cpu-mask.ts';
import { BpfObject } from '../../src/kernel/object.ts';
import { TRACEPOINTS, TracepointMaps } from '../../src/kernel/tracepoint-maps.ts';
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

  it('come with every program at once', () => {
    const maps = new TracepointMaps(OBJECT, sizes);
    try {
      assert.ok(TRACEPOINTS.every((name) => Number(maps.programFd(name)) > 0));
    } finally {
      maps.close();
    }
  });

  it('serve each program by itself where the kernel refuses another', () => {
    const folder = mkdtempSync(join(tmpdir(), 'xdp-tracepoints-'));
    const path = join(folder, 'tracepoints.bpf.o');
    const text = readFileSync(OBJECT, 'latin1');
    // As a program of another type it may not read what it is given.
    const altered = text.replaceAll('tp_btf/xdp_devmap_xmit', 'raw_tp/xdp_devmap_xmit');
    assert.notEqual(altered, text);
    writeFileSync(path, altered, 'latin1');
    const maps = new TracepointMaps(path, sizes);
    try {
      assert.equal(maps.programFd('xdp_exception'), undefined);
      for (const name of TRACEPOINTS.filter((each) => each !== 'xdp_devmap_xmit')) {
        const program = new TracepointProgram(maps, path, name);
        assert.equal(program.info.name, name.slice(0, 15));
        program.close();
      }
      assert.throws(() => new TracepointProgram(maps, path, 'xdp_devmap_xmit'), VerifierError);
    } finally {
      maps.close();
      rmSync(folder, { recursive: true });
    }
  });
});
