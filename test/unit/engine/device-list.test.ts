// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { describeDevices } from '../../../src/engine/device-list.ts';
import { ConfigError, exitCodeOf } from '../../../src/errors.ts';

const OWN = '/proc/thread-self/ns/net';

describe('describeDevices', () => {
  for (const [pattern, message] of [
    ['no-such-namespace', /^find network namespace "no-such-namespace": .*"ip netns list"/],
    ['no-such-*', /^find network namespace "no-such-\*": none matches; "ip netns list"/],
    ['/etc/hostname', /\/etc\/hostname.*"ip netns list"/],
  ] as const) {
    it(`says with exit code 2 that nothing is found under "${pattern}"`, () => {
      assert.throws(
        () => describeDevices([OWN, pattern]),
        (error) => {
          assert.ok(error instanceof ConfigError);
          assert.match(error.message, message);
          assert.equal(exitCodeOf(error), 2);
          return true;
        },
      );
    });
  }
});
