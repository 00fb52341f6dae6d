// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, it } from 'node:test';
import { createPacketClock } from '../../src/cli/packet-clock.ts';

const MODULE = new URL('../../src/cli/packet-clock.js', import.meta.url).href;
const SCRIPT = `
  const { createPacketClock } = await import(${JSON.stringify(MODULE)});
  console.log(createPacketClock()());
`;

describe('createPacketClock in a time namespace', {
  skip: !existsSync('/proc/self/ns/time'),
}, () => {
  for (const offsetSeconds of [86_400, -1]) {
    it(`knows when the machine was started, though its own clock is ${offsetSeconds} s off`, () => {
      const output = execFileSync(
        'unshare',
        ['--time', `--monotonic=${offsetSeconds}`, '--fork', process.execPath].concat([
          '--input-type=module',
          '--eval',
          SCRIPT,
        ]),
        { encoding: 'utf8' },
      );
      const error = Number(output) - createPacketClock()();
      assert.ok(Math.abs(error) < 50, `${error} ms off`);
    });
  }
});
