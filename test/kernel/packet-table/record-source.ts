// SPDX-License-Identifier: Apache-2.0
// The records that one CPU's programs make, by either transport, as copies of their bytes.
import { RECORD } from '../../../src/kernel/layout.ts';
import type { SharedMaps } from '../../../src/kernel/shared-maps.ts';
import { RECORD_WORDS } from '../../../src/recorder/record.ts';
import type { Transport } from '../../../src/recorder/ring.ts';
import { mappedTransport, perfTransport } from '../../../src/recorder/transports.ts';

const PERF_RING_BYTES = 512 * 1024;

export interface RecordSource {
  /** All records since the last call, oldest first. Throws where one of them was damaged. */
  take(): Buffer[];
  close(): void;
}

export function openMapped(maps: SharedMaps, cpu: number): RecordSource {
  return openSource(mappedTransport(maps), cpu);
}

export function openPerf(maps: SharedMaps, cpu: number): RecordSource {
  return openSource(perfTransport(maps, PERF_RING_BYTES), cpu);
}

function openSource(transport: Transport, cpu: number): RecordSource {
  const [{ opened, error } = {}] = transport.open([cpu]);
  if (opened === undefined) {
    throw error;
  }
  const { ring } = opened;
  return {
    take() {
      const records: Buffer[] = [];
      ring.drain((words, first, count) => {
        for (let record = 0; record < count; record++) {
          const word = first + record * RECORD_WORDS;
          records.push(copyOf(words.slice(word, word + RECORD_WORDS)));
        }
      });
      const damaged = ring.damagedRecords + ring.damagedPositions;
      if (damaged > 0) {
        throw new Error(`read records: ${damaged} damaged`);
      }
      return records;
    },
    close() {
      opened.withdraw();
      opened.close();
    },
  };
}

function copyOf(words: Uint32Array): Buffer {
  return Buffer.from(words.buffer, words.byteOffset, RECORD.sizeBytes);
}
