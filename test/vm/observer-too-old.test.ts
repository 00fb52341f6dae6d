// SPDX-License-Identifier: Apache-2.0
// What a kernel says that has no way to ask for an observed program's verdict.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VerifierError } from '../../src/errors.ts';
import { readCpuMask } from '../../src/kernel/cpu-mask.ts';
import { Observer } from '../../src/kernel/observer.ts';
import { SharedMaps } from '../../src/kernel/shared-maps.ts';
import { skipFrom } from '../kernel/support/kernel-version.ts';
import { OBJECT, PROGRAM } from '../kernel/support/recording.ts';
import { ForeignPrograms, OBSERVER_OBJECTS } from './support/foreign.ts';

test('a kernel that cannot ask for a verdict refuses the observer', {
  skip: skipFrom('5.17', 'for a helper to be unknown'),
}, (t) => {
  const possibleCpus = readCpuMask('possible');
  const maps = new SharedMaps(OBJECT, PROGRAM, { possibleCpus, slots: 2, ringRecords: 64 });
  t.after(() => maps.close());
  const foreign = new ForeignPrograms();
  t.after(() => foreign.close());
  const options = { link: 'ethernet', transport: 'mapped' } as const;
  const switches = { packetSizes: true, recordTimes: false };
  assert.throws(
    () =>
      new Observer(
        maps,
        { ...OBSERVER_OBJECTS, ...options, ...switches },
        foreign.fd('foreign_plain'),
      ),
    VerifierError,
  );
});
