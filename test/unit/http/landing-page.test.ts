// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { createLandingPage } from '../../../src/http/landing-page.ts';

it('createLandingPage escapes the telemetry path', () => {
  const { body } = createLandingPage(`/a"><script>'&`);
  assert.ok(String(body).includes('href="/a&#34;&#62;&#60;script&#62;&#39;&#38;"'));
});
