// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { redactUrl } from '../../../../src/export/otlp/endpoint.ts';

test('an endpoint is shown without user, password and query', () => {
  const url = 'https://user:secret@collector.example:4318/v1/metrics?api_key=secret#secret';
  assert.equal(redactUrl(url), 'https://collector.example:4318/v1/metrics');
});
