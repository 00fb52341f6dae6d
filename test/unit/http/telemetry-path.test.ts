// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ConfigError } from '../../../src/errors.ts';
import { parseTelemetryPath } from '../../../src/http/telemetry-path.ts';

describe('parseTelemetryPath', () => {
  it('takes paths that a client sends unchanged', () => {
    for (const path of ['/metrics', '/a/b', '/a/', "/it's"]) {
      assert.equal(parseTelemetryPath(path), path);
    }
  });

  for (const path of [
    '',
    'metrics',
    '/a b',
    '/a?b',
    '/a#b',
    '/a/../b',
    '/é',
    ':80/a',
    '//a',
    '//',
    'http://x/a',
  ]) {
    it(`refuses "${path}", which no request could name`, () => {
      assert.throws(
        () => parseTelemetryPath(path),
        (error) => error instanceof ConfigError && /not an absolute URL path/.test(error.message),
      );
    });
  }

  for (const path of ['/', '/healthz', '/readyz', '/live/events', '/live/x']) {
    it(`refuses ${path}, where something else is served`, () => {
      assert.throws(
        () => parseTelemetryPath(path),
        (error) => error instanceof ConfigError && /^something else is served/.test(error.message),
      );
    });
  }
});
