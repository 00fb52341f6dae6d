// SPDX-License-Identifier: Apache-2.0
// Filters pass the packets that tcpdump(8) shows for the same words.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { compile } from '../../../src/filter/compile.ts';
import { parseFilter } from '../../../src/filter/parse.ts';
import { PACKET_WORDS } from '../../../src/snapshot/packet.ts';
import { rowsOf } from '../snapshot/packet-rows.ts';
import { EXPRESSIONS } from './expressions.ts';
import { rowOf, TAGGED, UNTAGGED } from './frames.ts';
import { shown, writeCapture } from './tcpdump.ts';

const folder = mkdtempSync(join(tmpdir(), 'xdp-filter-'));
after(() => rmSync(folder, { recursive: true }));

function capture(name: string, frames: readonly Buffer[]) {
  const path = join(folder, name);
  writeCapture(path, frames);
  return { path, words: rowsOf(frames.map(rowOf)).words };
}

const untagged = capture('untagged.pcap', UNTAGGED);
const tagged = capture('tagged.pcap', TAGGED);

function passed(ours: string, { words }: typeof untagged): number[] {
  const test = compile(parseFilter(ours), () => undefined);
  return [...UNTAGGED.keys()].filter((place) => test(words, place * PACKET_WORDS));
}

describe('a filter passes what tcpdump shows', () => {
  it('in a table of at least 60 expressions', () => {
    assert.ok(new Set(EXPRESSIONS.map(({ ours }) => ours)).size >= 60);
  });

  for (const { ours, pcap = ours, tagged: behindTag = `vlan and (${pcap})` } of EXPRESSIONS) {
    it(ours, () => {
      const found = { untagged: passed(ours, untagged), tagged: passed(ours, tagged) };
      assert.deepEqual(found, {
        untagged: shown(untagged.path, pcap),
        tagged: shown(tagged.path, behindTag),
      });
      const frames = found.untagged.length + found.tagged.length;
      assert.ok(frames > 0, 'it matches no frame, and so proves nothing');
    });
  }
});
