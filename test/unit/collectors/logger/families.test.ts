// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loggerFamilies } from '../../../../src/collectors/logger/families.ts';
import type { Outcomes } from '../../../../src/collectors/logger/read.ts';
import { contextOf, deviceOf, STARTED_AT_MS, samplesOf } from '../../catalogue/snapshots.ts';
import { READERS, STATE } from '../reading.ts';

const OUTCOMES: Outcomes = {
  decoded: 1001,
  sampledOut: 1002,
  ringFull: 1003,
  noRing: 1004,
  noEntry: 1006,
  pending: 1005,
};

const context = contextOf([deviceOf('eth0', { startedAtMs: 9 })]);
const families = loggerFamilies({ devices: [OUTCOMES], state: STATE, readers: READERS }, context);

describe('loggerFamilies', () => {
  it('shows what became of the packets', () => {
    assert.deepEqual(samplesOf(families, 'xdp_logger_packets_total'), [
      { labels: { device: 'eth0', outcome: 'decoded' }, value: 1001 },
      { labels: { device: 'eth0', outcome: 'sampled_out' }, value: 1002 },
      { labels: { device: 'eth0', outcome: 'ring_full' }, value: 1003 },
      { labels: { device: 'eth0', outcome: 'no_ring' }, value: 1004 },
    ]);
    const observed = { retargets: 0, missed: 0 };
    const ofObserved = loggerFamilies(
      { devices: [OUTCOMES], state: STATE, readers: READERS },
      contextOf([deviceOf('eth0', { startedAtMs: 9, observed })]),
    );
    assert.deepEqual(samplesOf(ofObserved, 'xdp_logger_packets_total').slice(-1), [
      { labels: { device: 'eth0', outcome: 'no_entry' }, value: 1006 },
    ]);
    assert.deepEqual(samplesOf(families, 'xdp_logger_pending_packets'), [
      { labels: { device: 'eth0' }, value: 1005 },
    ]);
  });

  it('shows the state of every ring by its CPU, and the interval of all', () => {
    assert.deepEqual(samplesOf(families, 'xdp_logger_sample_interval'), [
      { labels: {}, value: 16 },
    ]);
    assert.deepEqual(samplesOf(families, 'xdp_ring_size_bytes'), [
      { labels: { cpu: '0' }, value: 4_194_304 },
      { labels: { cpu: '7' }, value: 524_288 },
    ]);
    assert.deepEqual(samplesOf(families, 'xdp_ring_fill_ratio_max'), [
      { labels: { cpu: '0' }, value: 0.25 },
      { labels: { cpu: '7' }, value: 0 },
    ]);
  });

  it('shows how many read packets, and how much they missed', () => {
    assert.deepEqual(samplesOf(families, 'xdp_logger_readers'), [{ labels: {}, value: 2 }]);
    assert.deepEqual(samplesOf(families, 'xdp_logger_reader_records_total'), [
      { labels: { outcome: 'handed_over' }, value: 1_000 },
      { labels: { outcome: 'missed' }, value: 70 },
    ]);
  });

  it('shows every kind of corruption, those never seen as zero, so that the first one is an increase', () => {
    const none = { ...STATE, corruptions: { record: 0, position: 0, interval: 0 } };
    for (const state of [STATE, none]) {
      const shown = loggerFamilies({ devices: [], state, readers: READERS }, contextOf([]));
      assert.deepEqual(samplesOf(shown, 'xdp_logger_corruptions_total'), [
        { labels: { kind: 'record' }, value: state.corruptions.record },
        { labels: { kind: 'position' }, value: state.corruptions.position },
        { labels: { kind: 'interval' }, value: state.corruptions.interval },
      ]);
    }
  });

  it('counts packets since the device was attached, and corruptions since the engine started', () => {
    const startsOf = (name: string) =>
      families
        .filter(({ definition }) => definition.name === name)
        .flatMap(({ samples }) => [...samples.map(({ startedAtMs }) => startedAtMs)]);
    assert.deepEqual(startsOf('xdp_logger_packets_total'), [9, 9, 9, 9]);
    assert.deepEqual(
      startsOf('xdp_logger_corruptions_total'),
      [1, 2, 3].map(() => STARTED_AT_MS),
    );
  });

  it('shows each device by its own numbers, and one that was never counted not at all', () => {
    const devices = [deviceOf('eth0'), deviceOf('eth1'), deviceOf('eth0', { netns: 'blue' })];
    const part = {
      devices: [OUTCOMES, undefined, { ...OUTCOMES, decoded: 5 }],
      state: STATE,
      readers: READERS,
    };
    const shown = loggerFamilies(part, contextOf(devices));
    assert.deepEqual(samplesOf(shown, 'xdp_logger_packets_total')[4], {
      labels: { device: 'eth0', netns: 'blue', outcome: 'decoded' },
      value: 5,
    });
    assert.equal(samplesOf(shown, 'xdp_logger_pending_packets').length, 2);
    assert.ok(!JSON.stringify(shown).includes('eth1'));
  });
});
