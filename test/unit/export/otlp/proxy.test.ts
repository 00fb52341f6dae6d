// SPDX-License-Identifier: Apache-2.0
// Apart from the others, since it changes the environment of the process.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { SUCCESS, withCollector } from './pushing.ts';

describe('a push', () => {
  it('goes through the proxy of the environment where Node.js has proxies, else straight', (t: TestContext) =>
    withCollector(async ({ collector, push, state }) => {
      const asked: (string | undefined)[] = [];
      const proxy = createServer((request, response) => {
        asked.push(request.url);
        request.resume().on('end', () => response.end());
      });
      await once(proxy.listen(0, '127.0.0.1'), 'listening');
      process.env['http_proxy'] = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
      t.after(() => {
        delete process.env['http_proxy'];
        proxy.close();
      });
      await push();
      assert.deepEqual(state(), SUCCESS);
      const hasProxies = process.allowedNodeEnvironmentFlags.has('--use-env-proxy');
      assert.deepEqual(asked, hasProxies ? [`${collector.url}/v1/metrics`] : []);
      assert.equal(collector.requests, hasProxies ? 0 : 1);
    }));
});
