// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { checkObject, checkObjects } from '../../../src/kernel/object-digests.ts';

const OBJECTS = fileURLToPath(new URL('../../../bpf', import.meta.url));
const LIST = new URL('../../../src/kernel/objects.sha256', import.meta.url);

describe('the digests of BPF objects', () => {
  it('are listed for each file of the package, and for no other', () => {
    const expected = readdirSync(OBJECTS).map((name) => {
      const digest = createHash('sha256')
        .update(readFileSync(join(OBJECTS, name)))
        .digest('hex');
      return `${digest}  ${name}`;
    });
    assert.ok(expected.length > 10);
    assert.deepEqual(readFileSync(LIST, 'utf8').trim().split('\n').sort(), expected.sort());
  });

  it('fit what was built', () => {
    checkObjects();
  });

  it('refuse a file of the package that is not listed, or not there', () => {
    const path = join(OBJECTS, 'none.bpf.o');
    assert.throws(() => checkObject(path), {
      name: 'RequirementError',
      exitCode: 2,
      message: `open BPF object "${path}": ENOENT; rebuild or reinstall xdp-exporter, and restart one that was running meanwhile`,
    });
  });
});
