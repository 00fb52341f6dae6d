// SPDX-License-Identifier: Apache-2.0
// What every collector on the list must keep to.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { collect } from '../../../src/collectors/collect.ts';
import type { Collector } from '../../../src/collectors/collector.ts';
import { COLLECTORS, type Parts } from '../../../src/collectors/list.ts';
import type { Family } from '../../../src/metrics/family.ts';
import type { ProgramCost } from '../../../src/snapshot/program-cost.ts';
import type { TopListSnapshot } from '../../../src/snapshot/top-list.ts';
import { REDIRECT_ERRORS, type TracepointsPart } from '../../../src/snapshot/tracepoints.ts';
import { contextOf, deviceOf } from '../catalogue/snapshots.ts';
import { FakeDevices, pairWord, recorderOf } from './reading.ts';

/** A list of one key and all others. */
function listOf(key: string): TopListSnapshot {
  return {
    series: [{ key, packets: 1, bytes: 60, startedAtMs: 1 }],
    other: { packets: 0, bytes: 0 },
    tracked: 1,
    evicted: 0,
  };
}

const LISTS = {
  sources: listOf('192.0.2.1'),
  destinations: listOf('2001:db8::1'),
  ports: listOf('udp/53'),
  networks: listOf('office'),
};

const QUEUES = { packets: Float64Array.of(1, 0), other: 1 };

const TRACEPOINTS: TracepointsPart = {
  tracepoints: [{ name: 'xdp_exception', missed: 0 }],
  devices: [{}, { netns: 'blue' }].map((netns) => ({
    name: 'eth0',
    ...netns,
    startedAtMs: 1,
    exceptions: Float64Array.of(1, 1, 1, 1, 1, 1),
    redirectErrors: new Float64Array(REDIRECT_ERRORS.length).fill(1),
  })),
  devmap: [
    { from: 0, to: 1, sent: 1, dropped: 1 },
    { from: 1, to: undefined, sent: 1, dropped: 1 },
    { from: undefined, to: 1, sent: 1, dropped: 1 },
  ],
  cpumap: [{ map: 7, cpu: 1, enqueued: 1, dropped: 1 }],
};

const collectors: readonly Collector<keyof Parts, unknown>[] = COLLECTORS;

/** What goes through the border, of two devices of one name and one that was never counted. */
function collectParts(): Parts {
  const devices = new FakeDevices({ slots: 2 });
  for (const slot of [0, 1]) {
    devices.set('traffic', 1, { slot, word: pairWord(2, 'packets') });
  }
  const recorder = recorderOf([1, 1], [LISTS, LISTS], [QUEUES, QUEUES]);
  const tracepoints = () => TRACEPOINTS;
  const cost: ProgramCost = {
    program: { name: 'filter', role: 'observed' },
    averageSeconds: 1e-7,
    runs: 9,
  };
  const programCost = () => cost;
  const slots = [0, undefined, 1];
  const reading = devices.reading({ slots, recorder, tracepoints, programCost });
  const { parts } = collect(reading, { failed: (name) => assert.fail(name) });
  return structuredClone(parts);
}

const context = contextOf(
  [deviceOf('eth0'), deviceOf('eth1'), deviceOf('eth0', { netns: 'blue' })],
  [0],
);

function familiesOf(collector: Collector<keyof Parts, unknown>): readonly Family[] {
  return collector.families(collectParts()[collector.name], context);
}

function checkLabels({ definition, samples }: Family): void {
  for (const { labels } of samples) {
    const netns = labels.netns === undefined ? [] : ['netns'];
    const expected = [...definition.labels, ...netns].sort();
    assert.deepEqual(Object.keys(labels).sort(), expected, definition.name);
  }
}

describe('the list of collectors', () => {
  it('has no two by one name, and no metric twice', () => {
    const names = collectors.map(({ name }) => name);
    assert.equal(new Set(names).size, names.length);
    const keys = collectors.flatMap(({ metrics }) => Object.keys(metrics));
    assert.equal(new Set(keys).size, keys.length);
  });

  for (const collector of collectors) {
    describe(collector.name, () => {
      it('is called so that a label value needs no quoting', () => {
        assert.match(collector.name, /^[a-z]+(_[a-z]+)*$/);
      });

      it('has a family for each of its metrics, in their order', () => {
        assert.deepEqual(
          familiesOf(collector).map(({ definition }) => definition),
          Object.values(collector.metrics),
        );
      });

      it('gives every sample exactly the labels of its definition', () => {
        for (const family of familiesOf(collector)) {
          assert.ok(family.samples.length > 0, family.definition.name);
          checkLabels(family);
        }
      });

      it('has no two samples with the same labels in a family', () => {
        for (const { definition, samples } of familiesOf(collector)) {
          const labels = samples.map((sample) => JSON.stringify(Object.entries(sample.labels)));
          assert.equal(new Set(labels).size, labels.length, definition.name);
        }
      });

      it('gives a device the same label objects from scrape to scrape', () => {
        const labelsOf = () =>
          familiesOf(collector)
            .flatMap(({ samples }) => [...samples])
            .flatMap(({ labels }) => (labels.device === undefined ? [] : [labels]));
        const first = labelsOf();
        const second = labelsOf();
        assert.ok(first.every((labels, index) => labels === second[index]));
      });
    });
  }
});
