// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createFamilies } from '../../../src/catalogue/families.ts';
import { samplesOf, snapshotOf } from './snapshots.ts';

const BUILD = { version: '1.2.3', nodeVersion: 'v20.20.2' };

describe('the families of the processes', () => {
  it('show both processes, and how the wire is kept apart, and that privileges were dropped', () => {
    const engine = { cpuSeconds: 1.5, residentBytes: 60e6 };
    const state = {
      isolation: 'user',
      restarts: 3,
      startedAtMs: 7,
      privilegesDropped: true,
      filesInForce: { 'web.config.file': true, 'top.networks-file': false },
      engine,
    } as const;
    const wire = { cpuSeconds: 4.25, residentBytes: 90e6 };
    const families = createFamilies(BUILD)(snapshotOf([]), { processes: { state, wire } });
    assert.deepEqual(samplesOf(families, 'xdp_exporter_wire_info'), [
      { labels: { isolation: 'user' }, value: 1 },
    ]);
    assert.deepEqual(samplesOf(families, 'xdp_exporter_wire_restarts_total'), [
      { labels: {}, value: 3 },
    ]);
    assert.deepEqual(samplesOf(families, 'xdp_exporter_privileges_dropped'), [
      { labels: {}, value: 1 },
    ]);
    assert.deepEqual(samplesOf(families, 'xdp_exporter_file_last_reload_successful'), [
      { labels: { file: 'web.config.file' }, value: 1 },
      { labels: { file: 'top.networks-file' }, value: 0 },
    ]);
    assert.deepEqual(samplesOf(families, 'xdp_process_cpu_seconds_total'), [
      { labels: { process: 'engine' }, value: 1.5 },
      { labels: { process: 'wire' }, value: 4.25 },
    ]);
    assert.deepEqual(samplesOf(families, 'xdp_process_resident_memory_bytes'), [
      { labels: { process: 'engine' }, value: 60e6 },
      { labels: { process: 'wire' }, value: 90e6 },
    ]);
  });
});
