// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { collect, judge } from '../../../src/collectors/collect.ts';
import type { Reading } from '../../../src/collectors/collector.ts';
import { COLLECTORS } from '../../../src/collectors/list.ts';
import { FakeDevices, recorderOf } from './reading.ts';

const LIST = { series: [], other: { packets: 0, bytes: 0 }, tracked: 0, evicted: 0 };

/** A machine on which everything is switched on. */
function readingOf(given: Partial<Reading> = {}): Reading {
  return new FakeDevices().reading({
    recorder: recorderOf([0], [{ sources: LIST, destinations: LIST, ports: LIST }]),
    ...given,
  });
}

const failed = (name: string, error: unknown) => assert.fail(`${name}: ${error}`);

describe('collect', () => {
  it('gives the part of every collector, and says that each succeeded', () => {
    const { parts, reports } = collect(readingOf(), { failed });
    const names = [
      'traffic',
      'packet_sizes',
      'sources',
      'destinations',
      'ports',
      'queues',
      'peaks',
      'logger',
      'protocols',
      'tcp',
    ];
    assert.deepEqual(Object.keys(parts), names);
    assert.deepEqual(
      reports.map(({ name, success }) => [name, success]),
      names.map((name) => [name, true]),
    );
  });

  it('says nothing of a collector that is switched off', () => {
    const reading = new FakeDevices().reading({ packetSizes: false });
    const { parts, reports } = collect(reading, { failed });
    assert.deepEqual(Object.keys(parts), ['traffic']);
    assert.deepEqual(
      reports.map(({ name }) => name),
      ['traffic'],
    );
  });

  it('leaves out what could not be read, says so, and keeps the rest', () => {
    const failure = new Error('EBADF');
    const failures: [string, unknown][] = [];
    const values = () => {
      throw failure;
    };
    const { parts, reports } = collect(readingOf({ values }), {
      failed: (...failing) => failures.push(failing),
    });
    assert.deepEqual(Object.keys(parts), ['sources', 'destinations', 'ports', 'queues']);
    assert.deepEqual(
      reports.map(({ name, success }) => [name, success]),
      [
        ['traffic', false],
        ['packet_sizes', false],
        ['sources', true],
        ['destinations', true],
        ['ports', true],
        ['queues', true],
        ['peaks', false],
        ['logger', false],
        ['protocols', false],
        ['tcp', false],
      ],
    );
    assert.deepEqual(
      failures,
      ['traffic', 'packet_sizes', 'peaks', 'logger', 'protocols', 'tcp'].map((name) => [
        name,
        failure,
      ]),
    );
  });

  it('lets other work in after each collector', () => {
    let calls = 0;
    collect(readingOf(), {
      failed,
      afterEach: () => {
        calls++;
      },
    });
    assert.equal(calls, COLLECTORS.length);
  });
});

describe('judge', () => {
  it('gives the result and a report of success', () => {
    const result = { packets: 1 };
    const judged = judge('traffic', () => result);
    assert.equal(judged.result, result);
    assert.equal(judged.report.name, 'traffic');
    assert.equal(judged.report.success, true);
    assert.equal('error' in judged, false);
  });

  it('gives the error and a report of failure, and throws nothing', () => {
    const failure = new Error('EBADF');
    const judged = judge('traffic', () => {
      throw failure;
    });
    assert.equal(judged.error, failure);
    assert.equal(judged.report.success, false);
    assert.equal('result' in judged, false);
  });

  it('measures in seconds, also where the work fails', (t) => {
    let now = 0n;
    t.mock.method(process.hrtime, 'bigint', () => now);
    const slow = () => {
      now += 1_500_000_000n;
    };
    assert.equal(judge('slow', slow).report.durationSeconds, 1.5);
    const failing = () => {
      slow();
      throw new Error('late');
    };
    assert.equal(judge('failing', failing).report.durationSeconds, 1.5);
  });
});
