// SPDX-License-Identifier: Apache-2.0
// What can be known of the kernel without privilege; the rest is in test/kernel/engine-kernel.test.ts.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { describe, it } from 'node:test';
import { openKernel, programOptions } from '../../../src/engine/kernel.ts';
import { readOccupant } from '../../../src/engine/occupant.ts';
import { exitCodeOf, RequirementError } from '../../../src/errors.ts';
import { libbpf } from '../../../src/ffi/libbpf.ts';
import { deviceOf } from '../instruments/devices.ts';
import { LOGGER, optionsOf } from './engine-options.ts';

describe('openKernel', () => {
  it('cannot begin without the list of possible CPUs, and says so with exit code 2', (t) => {
    t.mock.method(fs, 'readFileSync', (path: string) => {
      throw new Error(`EACCES: permission denied, open '${path}'`);
    });
    syncBuiltinESMExports();
    t.after(() => {
      t.mock.restoreAll();
      syncBuiltinESMExports();
    });
    assert.throws(
      () => openKernel(optionsOf({})),
      (error) => {
        assert.ok(error instanceof RequirementError);
        assert.equal(exitCodeOf(error), 2);
        assert.match(
          error.message,
          /^read list of possible CPUs: EACCES.*; mount sysfs on \/sys and let the exporter read it$/,
        );
        assert.ok(error.cause instanceof Error);
        return true;
      },
    );
  });
});

describe('programOptions', () => {
  const ETH0 = deviceOf('eth0', 5);

  it('are those of the device and its slot', () => {
    const { objectPath, castObjectPath, ...rest } = programOptions(optionsOf({}), ETH0, 'ip', 3);
    assert.match(objectPath, /dist\/bpf\/xdp_exporter\.bpf\.o$/);
    assert.match(castObjectPath ?? '', /dist\/bpf\/xdp_exporter_cast\.bpf\.o$/);
    assert.deepEqual(rest, {
      programName: 'xdp_exporter',
      slot: 3,
      link: 'ip',
      packetSizes: true,
      transport: 'none',
      recordTimes: false,
      multiBuffer: 'if-cheap',
    });
  });

  it('record packets by the transport that was chosen, and their times for rows alone', () => {
    for (const transport of ['mapped', 'perf'] as const) {
      for (const output of ['top', 'rows'] as const) {
        const options = optionsOf({}, { logger: { ...LOGGER, transport, output } });
        const chosen = programOptions(options, ETH0, 'ethernet', 0);
        assert.equal(chosen.transport, transport);
        assert.equal(chosen.recordTimes, output === 'rows');
      }
    }
  });

  it('take frames of several buffers where the MTU needs them, and if that is cheap where it may', () => {
    for (const [mtu, maxMtu, multiBuffer] of [
      [1500, 1500, false],
      [1280, 1500, false],
      [1500, 9000, 'if-cheap'],
      [1500, undefined, 'if-cheap'],
      [1501, 9000, true],
      [9000, undefined, true],
    ] as const) {
      const device = deviceOf('eth0', 5, { mtu, ...(maxMtu === undefined ? {} : { maxMtu }) });
      const chosen = programOptions(optionsOf({}), device, 'ethernet', 0);
      assert.equal(chosen.multiBuffer, multiBuffer, `${mtu} of ${maxMtu}`);
    }
  });
});

describe('readOccupant', () => {
  for (const mode of ['native', 'generic', 'offload'] as const) {
    it(`finds a program in ${mode} mode, also where it may not look at it`, (t) => {
      t.mock.method(libbpf(), 'bpf_prog_get_fd_by_id', () => ({ value: -1, errno: 1 }));
      const xdp = { native: 0, generic: 0, offload: 0, [mode]: 4711 };
      assert.deepEqual(readOccupant({ xdp }), { name: '?', id: 4711, mode });
    });
  }

  it('finds no program on a free device', () => {
    assert.equal(readOccupant(deviceOf('eth0', 5)), undefined);
  });
});
