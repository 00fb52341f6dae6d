// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { tracepoints } from '../../../../src/collectors/tracepoints/collector.ts';
import { tracepointFamilies } from '../../../../src/collectors/tracepoints/families.ts';
import { ACTIONS } from '../../../../src/snapshot/packet-class.ts';
import {
  REDIRECT_ERRORS,
  type TracepointDevice,
  type TracepointsPart,
} from '../../../../src/snapshot/tracepoints.ts';
import { contextOf, STARTED_AT_MS, samplesOf } from '../../catalogue/snapshots.ts';
import { FakeDevices } from '../reading.ts';

function deviceOf(name: string, given: Partial<TracepointDevice> = {}): TracepointDevice {
  return {
    name,
    startedAtMs: STARTED_AT_MS + 1,
    exceptions: new Float64Array(ACTIONS.length),
    redirectErrors: new Float64Array(REDIRECT_ERRORS.length),
    ...given,
  };
}

function partOf(given: Partial<TracepointsPart>): TracepointsPart {
  return { tracepoints: [], devices: [], devmap: [], cpumap: [], ...given };
}

const samples = (given: Partial<TracepointsPart>, name: string) =>
  samplesOf(tracepointFamilies(partOf(given), contextOf([])), name);

const startsOf = (given: Partial<TracepointsPart>, name: string) =>
  tracepointFamilies(partOf(given), contextOf([]))
    .find(({ definition }) => definition.name === name)
    ?.samples.map(({ startedAtMs }) => startedAtMs);

describe('the families of the tracepoints', () => {
  it('show exceptions that can happen from zero on, and the others once they did', () => {
    const exceptions = Float64Array.of(3, 0, 0, 0, 0, 5);
    const at = (action: string, value: number) => ({ labels: { device: 'eth0', action }, value });
    assert.deepEqual(
      samples({ devices: [deviceOf('eth0', { exceptions })] }, 'xdp_exceptions_total'),
      [at('aborted', 3), at('tx', 0), at('redirect', 0), at('invalid', 5)],
    );
    exceptions.set([7], 1);
    const seen = samples({ devices: [deviceOf('eth0', { exceptions })] }, 'xdp_exceptions_total');
    assert.deepEqual(seen[1], at('drop', 7));
  });

  it('show failed redirects by the symbols of the errors that occurred', () => {
    const redirectErrors = new Float64Array(REDIRECT_ERRORS.length);
    redirectErrors[0] = 1;
    redirectErrors[REDIRECT_ERRORS.indexOf('ENETDOWN')] = 9;
    const device = deviceOf('eth0', { netns: 'blue', redirectErrors });
    const labels = { device: 'eth0', netns: 'blue' };
    assert.deepEqual(samples({ devices: [device] }, 'xdp_redirect_errors_total'), [
      { labels: { ...labels, reason: 'other' }, value: 1 },
      { labels: { ...labels, reason: 'ENETDOWN' }, value: 9 },
    ]);
  });

  it('show nothing of a device whose tracepoint is not listened to', () => {
    const { exceptions: _, redirectErrors: __, ...device } = deviceOf('eth0');
    assert.deepEqual(samples({ devices: [device] }, 'xdp_exceptions_total'), []);
    assert.deepEqual(samples({ devices: [device] }, 'xdp_redirect_errors_total'), []);
  });

  it('name both ends of a redirect, with their namespaces, and one that is not selected as such', () => {
    const devices = [
      deviceOf('eth0'),
      deviceOf('not', { netns: 'a/b', startedAtMs: STARTED_AT_MS + 9 }),
    ];
    const devmap = [
      { from: 0, to: 1, sent: 10, dropped: 1 },
      { from: 1, to: undefined, sent: 20, dropped: 2 },
    ];
    const at = (from: string, to: string, outcome: string, value: number) => ({
      labels: { from, to, outcome },
      value,
    });
    assert.deepEqual(samples({ devices, devmap }, 'xdp_devmap_frames_total'), [
      at('eth0', 'a/b/not', 'sent', 10),
      at('eth0', 'a/b/not', 'dropped', 1),
      at('a/b/not', 'not selected', 'sent', 20),
      at('a/b/not', 'not selected', 'dropped', 2),
    ]);
    // Since both have been watched.
    const last = STARTED_AT_MS + 9;
    assert.deepEqual(startsOf({ devices, devmap }, 'xdp_devmap_frames_total'), [
      last,
      last,
      last,
      last,
    ]);
  });

  it('show what became of the frames of each cpumap', () => {
    const cpumap = [{ map: 42, cpu: 3, enqueued: 100, dropped: 7 }];
    const labels = { map: '42', cpu: '3' };
    assert.deepEqual(samples({ cpumap }, 'xdp_cpumap_frames_total'), [
      { labels: { ...labels, outcome: 'enqueued' }, value: 100 },
      { labels: { ...labels, outcome: 'dropped' }, value: 7 },
    ]);
  });

  it('say which tracepoints are listened to, and of those what was missed', () => {
    const states = [
      { name: 'xdp_exception', missed: 4 },
      { name: 'xdp_redirect_err', reason: 'no_tracepoint', missed: 0 },
    ] as const;
    assert.deepEqual(samples({ tracepoints: states }, 'xdp_tracepoint_up'), [
      { labels: { tracepoint: 'xdp_exception' }, value: 1 },
      { labels: { tracepoint: 'xdp_redirect_err', reason: 'no_tracepoint' }, value: 0 },
    ]);
    assert.deepEqual(samples({ tracepoints: states }, 'xdp_tracepoint_missed_events_total'), [
      { labels: { tracepoint: 'xdp_exception' }, value: 4 },
    ]);
  });

  it('are made of what the reading holds, and there is none where it holds nothing', () => {
    const part = partOf({ cpumap: [{ map: 1, cpu: 0, enqueued: 1, dropped: 0 }] });
    const devices = new FakeDevices();
    assert.equal(tracepoints.read(devices.reading({ tracepoints: () => part })), part);
    assert.equal(tracepoints.read(devices.reading()), undefined);
  });
});
