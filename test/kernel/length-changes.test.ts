// SPDX-License-Identifier: Apache-2.0
// Which of other people's programs could change the length of a frame.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { LengthChanges } from '../../src/kernel/length-changes.ts';
import { ForeignPrograms } from '../vm/support/foreign.ts';
import { skipUnlessRoot } from './support/root.ts';

const OBJECT = fileURLToPath(new URL('../../bpf/length_changes.bpf.o', import.meta.url));
const JUDGE = fileURLToPath(new URL('./support/judge-length.js', import.meta.url));

const setting = (name: string) => Number(readFileSync(`/proc/sys/kernel/${name}`, 'utf8'));

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

  /** What a process says of a program that calls other helpers, with these capabilities and no others. */
  function judgeWith(...capabilities: string[]): string {
    const set = ['-all', ...capabilities.map((name) => `+${name}`)].join(',');
    const rights = [`--bounding-set=${set}`, '--inh-caps=-all'];
    const call = [process.execPath, JUDGE, OBJECT, 'foreign_asking'];
    return execFileSync('setpriv', [...rights, ...call], { encoding: 'utf8', timeout: 30_000 });
  }

  it('are possible in every program without CAP_SYSLOG, since the kernel hides the calls', (context) => {
    if (setting('kptr_restrict') > 1 || setting('perf_event_paranoid') < 2) {
      context.skip(
        'kptr_restrict or perf_event_paranoid: the kernel shows them to all, or to nobody',
      );
      return;
    }
    const rights = ['bpf', 'perfmon', 'net_admin'];
    assert.equal(judgeWith(...rights, 'syslog'), 'impossible');
    assert.equal(judgeWith(...rights), 'possible');
  });
});
