// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { burst, createTopSources, rankAt, send, WALL_MS } from './packets.ts';

const NOTHING = { series: [], other: { packets: 0, bytes: 0 }, tracked: 0, evicted: 0 };

describe('TopSources.clearSlot', () => {
  it('leaves nothing of a device to the next one', () => {
    const top = createTopSources({ minShare: 0.5 });
    send(top, [burst('192.0.2.1', 1_000_000), burst('192.0.2.2', 5)]);
    rankAt(top, 0);
    send(top, [burst('192.0.2.1', 1_000_000)]);
    top.clearSlot(0);
    assert.deepEqual(top.sources(0), NOTHING);
    assert.equal(top.records(0), 0);
    send(top, [burst('192.0.2.2', 7)]);
    rankAt(top, 1000);
    assert.deepEqual(top.sources(0), {
      series: [{ key: '192.0.2.2', packets: 0, bytes: 0, startedAtMs: WALL_MS + 1000 }],
      other: { packets: 7, bytes: 700 },
      tracked: 1,
      evicted: 0,
    });
  });

  it('leaves the other devices alone', () => {
    const top = createTopSources();
    send(top, [burst('192.0.2.1', 9, 0), burst('192.0.2.1', 9, 1)]);
    rankAt(top, 0);
    top.clearSlot(0);
    send(top, [burst('192.0.2.1', 4, 1)]);
    assert.equal(top.sources(1).series[0]?.packets, 4);
    rankAt(top, 1000);
    assert.equal(top.sources(1).tracked, 1);
    assert.deepEqual(top.sources(0), NOTHING);
  });

  it('leaves no entry that a lookup would miss behind it', () => {
    const top = createTopSources({ tableSize: 8, maxSeries: 8, minShare: 0 });
    const hosts = [1, 2, 3, 4].map((host) => `192.0.2.${host}`);
    for (const [index, source] of hosts.entries()) {
      send(top, [burst(source, 10, index % 2)]);
    }
    rankAt(top, 0);
    top.clearSlot(0);
    send(top, [burst('192.0.2.2', 1, 1), burst('192.0.2.4', 1, 1)]);
    assert.equal(top.sources(1).tracked, 2);
    assert.deepEqual(
      top.sources(1).series.map(({ packets }) => packets),
      [1, 1],
    );
  });
});
