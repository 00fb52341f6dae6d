// SPDX-License-Identifier: Apache-2.0
// C and TypeScript agree on every number: the layouts that are checked in are those of the compiled objects.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { Btf } from '../../../scripts/btf.ts';
import { generateLayouts, LAYOUTS, pathOf } from '../../../scripts/layout.ts';
import {
  DEVICE,
  PROTOCOL_CODES,
  RECORD,
  RING,
  SETTINGS,
  TRAFFIC,
} from '../../../src/kernel/layout.ts';
import {
  ACTIONS,
  FAMILIES,
  MALFORMED_REASONS,
  PROTOCOLS,
  TCP_FLAG_SETS,
} from '../../../src/snapshot/packet-class.ts';

describe('the layouts', () => {
  for (const layouts of LAYOUTS) {
    it(`in ${layouts.file} are those of ${layouts.source}: if not, type npm run layout`, () => {
      assert.equal(readFileSync(pathOf(layouts.file), 'utf8'), generateLayouts(layouts));
    });
  }

  const abi = new Btf(pathOf('dist/test/bpf/abi.bpf.o'));
  const namesOf = (name: string, prefix: string) =>
    (abi.find('ENUM', name).values ?? []).map((value) =>
      value.name.replace(prefix, '').toLowerCase(),
    );

  it('name the families and malformed packets in the order of the C enums', () => {
    const families = namesOf('xdp_exporter_family', 'XDP_EXPORTER_FAMILY_');
    assert.deepEqual(families, [...FAMILIES, 'xdp_exporter_families']);
    const malformed = namesOf('xdp_exporter_malformed', 'XDP_EXPORTER_');
    assert.deepEqual(malformed, [
      'well_formed',
      ...MALFORMED_REASONS.slice(1),
      'malformed_reasons',
    ]);
  });

  it('have a code for every protocol, and the first for the flags of TCP in their order', () => {
    const flags = TCP_FLAG_SETS.map((name) => (name === 'other' ? 'tcp' : `tcp_${name}`));
    assert.deepEqual(Object.keys(PROTOCOL_CODES).slice(0, flags.length), flags);
    const protocols = Object.keys(PROTOCOL_CODES).filter((name) => !name.startsWith('tcp_'));
    assert.deepEqual(protocols.sort(), [...PROTOCOLS].sort());
    assert.deepEqual(Object.values(PROTOCOL_CODES), [...Array(9).keys()]);
  });

  it('have room in every family for what the mask in tcp_class() lets through', () => {
    assert.ok(7 < Object.keys(PROTOCOL_CODES).length);
  });

  it('have a counter for each action, class and reason', () => {
    assert.equal(DEVICE.lengths.traffic, ACTIONS.length);
    assert.equal(ACTIONS.indexOf('invalid'), ACTIONS.length - 1);
    assert.equal(ACTIONS.indexOf('pass'), 2);
    assert.equal(DEVICE.lengths.malformed, MALFORMED_REASONS.length);
    const codes = Object.keys(PROTOCOL_CODES).length;
    assert.equal(DEVICE.lengths.protocols, 1 + (FAMILIES.length - 1) * codes);
    assert.equal(DEVICE.offsets.malformed - DEVICE.offsets.sizes, 8 * DEVICE.lengths.sizes);
  });

  it('have every outcome of the logger before the packets, in the order in which a value is copied', () => {
    const { sampled_out, ring_full, no_ring, no_entry, traffic } = DEVICE.offsets;
    assert.ok(Math.max(sampled_out, ring_full, no_ring, no_entry) < traffic);
  });

  it('have counters of 64 bits, settings of 32, and a record that fills a cache line', () => {
    assert.equal(TRAFFIC.sizeBytes, 16);
    assert.equal(SETTINGS.sizeBytes, 4 * Object.keys(SETTINGS.offsets).length);
    assert.equal(RECORD.sizeBytes, 64);
    assert.equal(RING.offsets.tail - RING.offsets.head, 64);
    assert.equal(RING.offsets.records, RING.sizeBytes);
  });

  for (const name of [
    'bpf/xdp_exporter',
    'bpf/xdp_exporter_cast',
    'bpf/xdp_exporter_exchange',
    'bpf/xdp_exporter_cast_exchange',
    'test/bpf/verdicts',
  ]) {
    it(`are at the start of .rodata and are the whole of .bss in ${name}`, () => {
      const btf = new Btf(pathOf(`dist/${name}.bpf.o`));
      const firstOf = (section: string) =>
        btf.find('DATASEC', section).vars?.find(({ offset }) => offset === 0);
      const settings = firstOf('.rodata');
      assert.equal(btf.resolve(btf.get(settings?.type_id).type_id).name, SETTINGS.struct);
      assert.equal(btf.get(firstOf('.bss')?.type_id).name, 'sample_interval');
      assert.equal(firstOf('.bss')?.size, 4);
    });
  }

  for (const [name, exchanges] of [
    ['xdp_exporter', 0],
    ['xdp_exporter_cast', 0],
    ['xdp_exporter_exchange', 2],
    ['xdp_exporter_cast_exchange', 2],
  ] as const) {
    it(`are used by ${name} with ${exchanges} atomic exchanges, which Linux before 5.12 refuses`, () => {
      const object = pathOf(`dist/bpf/${name}.bpf.o`);
      const listing = execFileSync('llvm-objdump', ['-d', object], { encoding: 'utf8' });
      assert.equal(listing.match(/\bxchg/g)?.length ?? 0, exchanges);
    });
  }
});
