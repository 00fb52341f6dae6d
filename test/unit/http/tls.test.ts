// SPDX-License-Identifier: Apache-2.0
// The server over TLS: handshakes, what clients must show, and settings that change while it runs.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, describe, it } from 'node:test';
import { closed, connectTo, exchange } from './client.ts';
import { ask, askOn, createParties, dialTls, pair, securityOf, tlsSettings } from './tls-server.ts';

const { authority, stranger, own, next, friend, foe, serve, close } = createParties();
after(close);

describe('a server with a certificate', () => {
  it('serves HTTP/1.1 by TLS 1.2 and 1.3, and nothing older', async (t) => {
    const { url } = await serve(t);
    assert.match(url, /^https:\/\/127\.0\.0\.1:\d+$/);
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      const only = { minVersion: version, maxVersion: version };
      const socket = await dialTls(url, authority, { ...only, ALPNProtocols: ['h2', 'http/1.1'] });
      assert.deepEqual([socket.getProtocol(), socket.alpnProtocol], [version, 'http/1.1']);
      assert.match(await askOn(socket, '/metrics'), /^HTTP\/1\.1 200 OK\r\n.*up 1\n$/s);
      socket.destroy();
    }
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' } as const;
    await assert.rejects(dialTls(url, authority, old), /protocol version|unsupported protocol/);
  });

  it('keeps to the versions, ciphers and curves that it is given', async (t) => {
    const { url } = await serve(t, {
      maxVersion: 'TLSv1.2',
      minVersion: 'TLSv1',
      ciphers: ['ECDHE-ECDSA-AES256-SHA'],
      curves: ['P-384'],
    });
    const socket = await dialTls(url, authority, { ciphers: 'ALL:@SECLEVEL=0' });
    assert.equal(socket.getProtocol(), 'TLSv1.2');
    assert.equal(socket.getCipher().name, 'ECDHE-ECDSA-AES256-SHA');
    assert.deepEqual(socket.getEphemeralKeyInfo(), { type: 'ECDH', name: 'secp384r1', size: 384 });
    socket.destroy();
    const old = { maxVersion: 'TLSv1', minVersion: 'TLSv1', ciphers: 'ALL:@SECLEVEL=0' } as const;
    const oldest = await dialTls(url, authority, old);
    assert.equal(oldest.getProtocol(), 'TLSv1');
    oldest.destroy();
  });

  it('lets no client negotiate again', async (t) => {
    const { url } = await serve(t);
    const socket = await dialTls(url, authority, { maxVersion: 'TLSv1.2' });
    const failed = once(socket, 'error');
    socket.renegotiate({}, () => assert.fail('it was negotiated again'));
    assert.match(String(await failed), /no renegotiation/);
    socket.on('error', () => {});
    socket.destroy();
  });

  it('closes what is no handshake, and says why', async (t) => {
    const { url, logged } = await serve(t);
    assert.equal(await exchange(url, 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'), '');
    const [line] = logged;
    assert.equal(
      line?.message,
      "refused clients: the TLS handshake failed; compare the client's certificate and TLS versions with the file of --web.config.file",
    );
    assert.deepEqual(line?.fields, {
      times: 1,
      reason: 'the client spoke plain HTTP; it must use https://',
    });
  });

  it('ends handshakes that take too long, and has room for others meanwhile', async (t) => {
    const limits = { headersTimeoutMs: 500, maxConnections: 8, maxConnectionsPerClient: 8 };
    const { url } = await serve(t, {}, limits);
    const slow = await Promise.all(Array.from({ length: 12 }, () => connectTo(url)));
    const ends = slow.map(closed);
    for (const socket of slow) {
      socket.resume();
      // The begin of a ClientHello that never comes whole.
      socket.write(Buffer.from('1603010200', 'hex'));
    }
    const { status } = await ask(`${url}/metrics`, authority);
    assert.equal(status, 200);
    const drip = setInterval(() => {
      for (const socket of slow) {
        socket.write(Buffer.alloc(1));
      }
    }, 50);
    await Promise.all(ends);
    clearInterval(drip);
  });

  it('takes no request for whole that begins in the handshake', async (t) => {
    const limits = { headersTimeoutMs: 300 };
    const { url } = await serve(t, {}, limits);
    const socket = await dialTls(url, authority);
    socket.write('GET /metrics HTTP/1.1\r\n');
    let answer = '';
    for await (const chunk of socket) {
      answer += chunk;
    }
    assert.match(answer, /^HTTP\/1\.1 408 /);
  });
});

describe('secure', () => {
  it('shows the next client the new certificate, and gives connections one more answer', async (t) => {
    const { url, secure } = await serve(t);
    const kept = await dialTls(url, authority);
    assert.match(await askOn(kept, '/metrics'), /^Connection: keep-alive\r$/m);
    await secure(securityOf(tlsSettings(next)));
    const fresh = await dialTls(url, authority);
    assert.equal(fresh.getPeerCertificate().subject.CN, 'next');
    fresh.destroy();
    const ended = closed(kept);
    assert.match(await askOn(kept, '/metrics'), /^HTTP\/1\.1 200 OK\r\n.*^Connection: close\r$/ms);
    kept.resume();
    await ended;
  });

  it('knows no session from before', async (t) => {
    const { url, secure } = await serve(t, {
      clientAuth: 'RequireAndVerifyClientCert',
      clientCa: authority.cert,
    });
    const socket = await dialTls(url, authority, pair(friend));
    const [session] = await Promise.all([once(socket, 'session'), askOn(socket, '/metrics')]);
    socket.destroy();
    const clientCa = stranger.cert;
    await secure(
      securityOf(tlsSettings(own, { clientAuth: 'RequireAndVerifyClientCert', clientCa })),
    );
    await assert.rejects(ask(url, authority, { ...pair(friend), session: session[0] }));
    assert.equal((await ask(url, authority, pair(foe))).status, 200);
  });

  it('changes nothing where the settings will not do', async (t) => {
    const { url, secure } = await serve(t);
    await assert.rejects(secure(securityOf(tlsSettings({ ...own, key: 'none' }))));
    assert.equal((await ask(url, authority)).status, 200);
  });

  it('takes TLS away, and gives it back', async (t) => {
    const { url, secure } = await serve(t);
    await secure({ headers: { 'X-Frame-Options': 'deny' }, users: new Map() });
    const clear = await fetch(`${url.replace('https', 'http')}/healthz`);
    assert.equal(clear.headers.get('x-frame-options'), 'deny');
    await secure(securityOf(tlsSettings(own)));
    assert.equal((await ask(url, authority)).status, 200);
  });
});
