// SPDX-License-Identifier: Apache-2.0
// Which of other people's programs could change the length of a frame.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { LengthChanges } from '../../src/kernel/length-changes.ts';
import { ForeignPrograms } from '../vm/support/foreign.ts';
import { skipUnlessRoot } from './support/root.ts';

const OBJECT = fileURLToPath(new URL('../../bpf/length_changes.bpf.o', import.meta.url));

describe('LengthChanges', { skip: skipUnlessRoot }, () => {
  let foreign: ForeignPrograms;
  before(() => {
    foreign = new ForeignPrograms();
  });
  after(() => foreign?.close());

  for (const [name, mayHappen, why] of [
    ['foreign_plain', false, 'it calls nothing'],
    ['foreign_untyped', false, 'it calls nothing'],
    ['foreign_asking', false, 'it calls other helpers'],
    ['foreign_rewriting', true, 'it moves the start'],
    ['foreign_shortening', true, 'it moves the end'],
    ['foreign_tail_call', true, 'it goes on as another'],
    ['foreign_in_parts', true, 'it calls a function, which may be replaced'],
  ] as const) {
    it(`are ${mayHappen ? 'possible' : 'impossible'} in ${name}: ${why}`, () => {
      const changes = new LengthChanges(OBJECT);
      assert.equal(changes.mayHappenIn(foreign.fd(name)), mayHappen);
    });
  }
});
