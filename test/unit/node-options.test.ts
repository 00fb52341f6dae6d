// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loadingOption } from '../../src/node-options.ts';

describe('loadingOption', () => {
  for (const [options, found] of [
    ['--import=/x.mjs', '--import'],
    ['--max-old-space-size=96 --require /x.js', '--require'],
    ['-r /x.js', '-r'],
    ['--experimental_loader=/x.mjs', '--experimental-loader'],
    ['"--import" "/a folder/x.mjs"', '--import'],
    ['--inspect=0.0.0.0:9229', '--inspect'],
    ['--inspect-wait', '--inspect-wait'],
    ['--openssl-config=/x.cnf', '--openssl-config'],
    ['--snapshot-blob=/x.blob', '--snapshot-blob'],
  ] as const) {
    it(`finds ${found} in '${options}'`, () => {
      assert.equal(loadingOption(options), found);
    });
  }

  for (const options of [
    undefined,
    '',
    '--max-old-space-size=160 --disable-sigusr1',
    '--enable-source-maps --use-openssl-ca --dns-result-order=ipv4first',
    '--report-on-fatalerror --trace-warnings',
  ]) {
    it(`finds nothing in '${options}'`, () => {
      assert.equal(loadingOption(options), undefined);
    });
  }
});
