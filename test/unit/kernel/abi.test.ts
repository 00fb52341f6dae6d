// SPDX-License-Identifier: Apache-2.0
// C and TypeScript must agree on every number: what src/kernel/abi.ts says is compared with the compiled objects.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import * as abi from '../../../src/kernel/abi.ts';
import { FAMILIES, MALFORMED_REASONS, PROTOCOLS } from '../../../src/snapshot/logger.ts';
import { ACTIONS } from '../../../src/snapshot/snapshot.ts';
import { Btf, type BtfType, objectPath } from './btf.ts';

const { ACTION_COUNT, LENGTH_SOURCES, MAX_DEVICES, PACKET_SIZES, SETTINGS, SIZE_SLOTS, TRAFFIC } =
  abi;

const HEADER = readFileSync(new URL('../../../../bpf/abi.h', import.meta.url), 'utf8');

/** The constants XDP_EXPORTER_<prefix>_<name> of the C header by their values; BTF does not have them. */
function constantsOf(prefix: string): (readonly [name: string, value: number])[] {
  const pattern = new RegExp(`XDP_EXPORTER_${prefix}_(\\w+) = (\\d+)`, 'g');
  return [...HEADER.matchAll(pattern)]
    .map(([, name = '', value]) => [name, Number(value)] as const)
    .toSorted(([, a], [, b]) => a - b);
}

function isLayout(value: unknown): value is abi.StructLayout {
  return typeof value === 'object' && value !== null && 'struct' in value;
}

const LAYOUTS: readonly abi.StructLayout[] = Object.values<unknown>(abi).filter(isLayout);

const OBJECTS = [
  { name: 'the exporter', path: objectPath('bpf', 'xdp_exporter') },
  {
    name: 'the exporter for frames of many buffers',
    path: objectPath('bpf', 'xdp_exporter_cast'),
  },
  { name: "the tests' own program", path: objectPath('test/bpf', 'verdicts') },
];

describe('the ABI', () => {
  it('names an action for each code that BPF counts', () => {
    assert.equal(ACTIONS.length, ACTION_COUNT);
    assert.equal(ACTIONS.indexOf('invalid'), ACTION_COUNT - 1);
    assert.equal(ACTIONS.indexOf('pass'), 2);
  });

  it('has the length sources of the C header', () => {
    const sources = constantsOf('LENGTH').map(([name, value]) => [name.toLowerCase(), value]);
    assert.deepEqual(Object.fromEntries(sources), LENGTH_SOURCES);
  });

  it('names the families and protocols that BPF counts, in its order', () => {
    const names = (prefix: string) => constantsOf(prefix).map(([name]) => name.toLowerCase());
    assert.deepEqual(names('FAMILY'), FAMILIES);
    assert.deepEqual(names('PROTOCOL'), PROTOCOLS);
    const reasons = [...names('TRUNCATED'), ...names('WRONG'), ...names('TOO')];
    assert.equal(reasons.length, MALFORMED_REASONS.length - 1);
    for (const [index, reason] of MALFORMED_REASONS.entries()) {
      const constant = reason === 'none' ? 'WELL_FORMED' : reason.toUpperCase();
      assert.match(HEADER, new RegExp(`XDP_EXPORTER_${constant} = ${index},`));
    }
  });
});

for (const { name, path } of OBJECTS) {
  describe(`the ABI of ${name}`, () => {
    const btf = new Btf(path);
    const structs = LAYOUTS.filter(({ struct }) => name === 'the exporter' || isCounted(struct));

    for (const { struct, sizeBytes, offsets } of structs) {
      it(`has struct ${struct} with the size and the fields that TypeScript reads`, () => {
        const type = btf.find('STRUCT', struct);
        assert.equal(type.size, sizeBytes);
        assert.deepEqual(fieldsOf(type), offsets);
      });
    }

    it('has counters of 64 bits and settings of 32', () => {
      const sizes = (struct: string, fields: readonly string[]) =>
        fields.map((field) => btf.sizeOf(btf.member(btf.find('STRUCT', struct), field)));
      assert.deepEqual(sizes(TRAFFIC.struct, Object.keys(TRAFFIC.offsets)), [8, 8]);
      assert.deepEqual(sizes(PACKET_SIZES.struct, ['bytes']), [8]);
      const settings = Object.keys(SETTINGS.offsets);
      assert.deepEqual(
        sizes(SETTINGS.struct, settings),
        settings.map(() => 4),
      );
    });

    it('has as many sizes of packets', () => {
      const packets = btf.member(btf.find('STRUCT', PACKET_SIZES.struct), 'packets');
      assert.equal(packets.nr_elems, SIZE_SLOTS);
      assert.equal(btf.sizeOf(packets), 8 * SIZE_SLOTS);
    });

    it('has a traffic map with an entry for each device and action', () => {
      const { maxEntries, key, value } = btf.map('xdp_traffic');
      assert.equal(maxEntries, MAX_DEVICES * ACTION_COUNT);
      assert.equal(key.size, 4);
      assert.equal(value.name, TRAFFIC.struct);
    });

    it('has a packet size map with an entry for each device', () => {
      const { maxEntries, key, value } = btf.map('xdp_packet_sizes');
      assert.equal(maxEntries, MAX_DEVICES);
      assert.equal(key.size, 4);
      assert.equal(value.name, PACKET_SIZES.struct);
    });

    it('begins .rodata with the settings', () => {
      const { vars = [] } = btf.find('DATASEC', '.rodata');
      const first = vars.find(({ offset }) => offset === 0);
      assert.equal(btf.get(first?.type_id).name, 'settings');
      assert.equal(first?.size, SETTINGS.sizeBytes);
      assert.equal(btf.resolve(btf.get(first?.type_id).type_id).name, SETTINGS.struct);
    });
  });
}

describe("the ABI of the logger's batches", () => {
  const objects = [
    { path: objectPath('bpf', 'xdp_exporter'), records: abi.BATCH_RECORDS },
    { path: objectPath('test/bpf', 'batch_1'), records: 1 },
    { path: objectPath('test/bpf', 'batch_8'), records: 8 },
    { path: objectPath('test/bpf', 'batch_256'), records: 256 },
  ];
  for (const { path, records } of objects) {
    it(`has the offsets of a batch of ${records} records`, () => {
      const btf = new Btf(path);
      const batch = btf.find('STRUCT', 'xdp_batch');
      const { sizeBytes, offsets } = abi.batchLayout(records);
      assert.equal(batch.size, sizeBytes);
      assert.deepEqual(fieldsOf(batch), offsets);
      assert.equal(btf.member(batch, 'records').nr_elems, records);
      assert.equal(btf.member(batch, 'times').nr_elems, records);
    });
  }

  it('has two batches for a CPU, which are used in turn', () => {
    const btf = new Btf(objectPath('bpf', 'xdp_exporter'));
    assert.equal(btf.member(btf.find('STRUCT', abi.BATCHES.struct), 'batch').nr_elems, 2);
  });

  it('has a counter for each reason, and for each family and protocol', () => {
    const btf = new Btf(objectPath('bpf', 'xdp_exporter'));
    const logger = btf.find('STRUCT', abi.LOGGER.struct);
    assert.equal(btf.member(logger, 'malformed').nr_elems, MALFORMED_REASONS.length);
    const protocols = btf.member(logger, 'protocols');
    assert.equal(protocols.nr_elems, FAMILIES.length * PROTOCOLS.length);
    assert.equal(btf.resolve(protocols.type_id).name, TRAFFIC.struct);
  });
});

/** Offsets in bytes by name, without padding that has a name. */
function fieldsOf({ members = [] }: BtfType): Record<string, number> {
  const fields = members.filter(({ name }) => name !== 'reserved');
  return Object.fromEntries(fields.map(({ name, bits_offset }) => [name, bits_offset / 8]));
}

/** What every object that includes account.h has. */
function isCounted(struct: string): boolean {
  const counted: readonly string[] = [SETTINGS.struct, TRAFFIC.struct, PACKET_SIZES.struct];
  return counted.includes(struct);
}
