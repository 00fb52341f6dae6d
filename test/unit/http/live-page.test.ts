// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createLiveDocument } from '../../../src/http/live-document.ts';
import { fetchOnce, startLiveServer, type TestServer } from './client.ts';

describe('the live page', () => {
  let server: TestServer;
  before(async () => {
    server = await startLiveServer({ next: async () => '{}' });
  });
  after(() => server.close());

  /** Every file that the document or another file of it names. */
  async function files(): Promise<Map<string, { type: string | undefined; text: string }>> {
    const found = new Map<string, { type: string | undefined; text: string }>();
    const { body } = await fetchOnce(`${server.url}/`);
    const wanted = [...String(body).matchAll(/(?:src|href)="(\/live\/[^"]+)"/g)].map(
      ([, path]) => path,
    );
    for (const path of wanted) {
      if (path === undefined || found.has(path)) {
        continue;
      }
      const { status, headers, body: content } = await fetchOnce(`${server.url}${path}`);
      assert.equal(status, 200, path);
      const text = String(content);
      found.set(path, { type: headers['content-type'], text });
      for (const [, other] of text.matchAll(/^(?:import|export) (?:.*? from )?'([^']+)'/gms)) {
        wanted.push(new URL(other ?? '', server.url + path).pathname);
      }
    }
    return found;
  }

  it('has every file that it is made of on this server, as what it is', async () => {
    const found = await files();
    assert.ok(found.size > 15, [...found.keys()].join());
    for (const name of ['page/uplot.js', 'page/uplot.css', 'snapshot/device.js', 'page/icon.svg']) {
      assert.ok(found.has(`/live/${name}`), name);
    }
    const types = { js: /^text\/javascript/, css: /^text\/css/, svg: /^image\/svg\+xml$/ };
    for (const [path, { type, text }] of found) {
      assert.match(type ?? '', types[path.replace(/^.*\./, '') as keyof typeof types], path);
      assert.doesNotMatch(text, /sourceMappingURL|@import/, path);
    }
  });

  it('may run and load nothing but that, and has no script and no style within', async () => {
    const { headers, body } = await fetchOnce(`${server.url}/`);
    const policy = String(headers['content-security-policy']);
    assert.match(policy, /^default-src 'none'; script-src 'self'; style-src 'self'; /);
    assert.doesNotMatch(policy, /unsafe|\*|https?:|data:|blob:/);
    assert.doesNotMatch(String(body), /<style|<script(?! type="module" src=)|style=|\son\w+=/);
    const script = await fetchOnce(`${server.url}/live/page/main.js`);
    assert.match(String(script.headers['content-security-policy']), /^default-src 'none'/);
    assert.equal(script.headers['cross-origin-resource-policy'], 'same-origin');
  });

  it('links to the metrics and the health, with whatever path they have', () => {
    const document = createLiveDocument(`/a"><script>'&`);
    assert.ok(document.includes('<a href="/a&#34;&#62;&#60;script&#62;&#39;&#38;">Metrics</a>'));
    assert.ok(document.includes('<a href="/healthz">Health</a>'));
  });
});
