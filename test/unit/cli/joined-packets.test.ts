// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { JoinedPackets } from '../../../src/cli/joined-packets.ts';
import type { RunningExporter } from '../../../src/control/running-exporter.ts';
import { packetCount } from '../../../src/snapshot/packet.ts';
import type { PacketBatch } from '../../../src/snapshot/packet-stream.ts';
import type { Snapshot } from '../../../src/snapshot/snapshot.ts';
import { deviceOf, snapshotOf } from '../catalogue/snapshots.ts';
import { READERS, STATE } from '../collectors/reading.ts';
import { FakeLog } from '../fake-log.ts';
import { ROW, rowsOf } from '../snapshot/packet-rows.ts';

function snapshotAt(scale: number): Snapshot {
  const outcomes = {
    decoded: 100 * scale,
    sampledOut: 10 * scale,
    ringFull: 3 * scale,
    noRing: 2 * scale,
    noEntry: 0,
    pending: 1,
  };
  const devices = [deviceOf('eth0'), deviceOf('eth1', { wanted: false })];
  const logger = { devices: [outcomes, outcomes], state: STATE, readers: READERS };
  return snapshotOf(devices, { logger });
}

const batchOf = (rows: number, counts: PacketBatch['counts'], sampleInterval = 1): PacketBatch => ({
  ...rowsOf(new Array(rows).fill(ROW), { 3: 'eth0' }),
  counts,
  sampleInterval,
});

describe('JoinedPackets', () => {
  it('gives rows until it is to finish, and accounts for all other packets of its devices', async () => {
    const log = new FakeLog();
    let snapshots = 0;
    const exporter: Pick<RunningExporter, 'snapshot' | 'packets'> = {
      snapshot: async () => snapshotAt(++snapshots),
      async *packets(request, signal) {
        assert.deepEqual(request, { filter: 'udp', sample: 4 });
        yield batchOf(0, { rows: 0, filtered: 5, sampledOut: 0, missed: 0 });
        yield batchOf(2, { rows: 2, filtered: 20, sampledOut: 6, missed: 7 }, 8);
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
      },
    };
    const source = new JoinedPackets(
      exporter as RunningExporter,
      { filter: 'udp', sample: 4 },
      log.log,
    );
    let rows = 0;
    const reading = (async () => {
      for await (const batch of source) {
        rows += packetCount(batch);
      }
    })();
    await new Promise((resolve) => setTimeout(resolve, 10));
    const totals = await source.finish();
    await reading;
    assert.equal(rows, 2);
    assert.deepEqual(totals, {
      seen: 2 + 20 + 6 + 7 + 10 + 5,
      filteredOut: 20,
      sampledOut: 6 + 10,
      lost: 5,
      missed: 7,
    });
    assert.deepEqual(log.records, [
      {
        level: 'warn',
        message: 'the exporter samples: it records one packet in N',
        fields: { packets: 8 },
      },
    ]);
  });
});
