// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { closeSync, openSync, readlinkSync } from 'node:fs';
import { connect } from 'node:net';
import { describe, it } from 'node:test';
import { encodeAddress, ListeningSocket } from '../../../src/kernel/listening-socket.ts';
import { SocketPair } from '../../../src/kernel/socket-pair.ts';

async function reaches(host: string, port: number): Promise<void> {
  const client = connect(port, host);
  await once(client, 'connect');
  client.destroy();
}

describe('encodeAddress', () => {
  it('writes struct sockaddr_in', () => {
    assert.equal(
      encodeAddress('192.0.2.1', 258).toString('hex'),
      `02000102c0000201${'0'.repeat(16)}`,
    );
  });

  it('writes struct sockaddr_in6, with the interface of a zone', () => {
    const of = (host: string) => encodeAddress(host, 1).toString('hex');
    assert.equal(
      of('2001:db8::5'),
      `0a000001${'0'.repeat(8)}20010db8${'0'.repeat(20)}0005${'0'.repeat(8)}`,
    );
    assert.match(of('::ffff:192.0.2.1'), /0{20}ffffc00002010{8}$/);
    assert.match(of('fe80::1%7'), /07000000$/);
  });
});

describe('ListeningSocket', () => {
  it('listens where it is told, and knows the port that the system chose', async () => {
    const socket = await ListeningSocket.open('localhost', 0);
    assert.match(readlinkSync(`/proc/self/fd/${socket.fd}`), /^socket:/);
    await reaches(socket.host, socket.port);
    socket.close();
    await assert.rejects(reaches(socket.host, socket.port), /ECONNREFUSED/);
  });

  it('listens on every interface, of both families where there are two, where no host is given', async () => {
    const socket = await ListeningSocket.open('', 0);
    await reaches('127.0.0.1', socket.port);
    if (socket.host === '::') {
      await reaches('::1', socket.port);
    }
    socket.close();
  });

  it('listens on an address that no device has, of either family, where it may be absent', async () => {
    const any = await ListeningSocket.open('', 0);
    any.close();
    for (const host of ['192.0.2.1', ...(any.host === '::' ? ['2001:db8::1'] : [])]) {
      const socket = await ListeningSocket.open(host, 0, true);
      assert.equal(socket.isAddressAbsent, true);
      assert.ok(socket.port > 0);
      socket.close();
    }
    const here = await ListeningSocket.open('127.0.0.1', 0, true);
    assert.equal(here.isAddressAbsent, false);
    await assert.rejects(ListeningSocket.open('127.0.0.1', here.port, true), {
      code: 'EADDRINUSE',
    });
    here.close();
  });

  it('says what refuses by its code', async () => {
    const socket = await ListeningSocket.open('127.0.0.1', 0);
    const inUse = { code: 'EADDRINUSE', message: 'bind: EADDRINUSE' };
    await assert.rejects(ListeningSocket.open('127.0.0.1', socket.port), inUse);
    await assert.rejects(ListeningSocket.open('', socket.port), { code: 'EADDRINUSE' });
    socket.close();
    await assert.rejects(ListeningSocket.open('192.0.2.1', 0), { code: 'EADDRNOTAVAIL' });
    await assert.rejects(ListeningSocket.open('fe80::1%no-such0', 0, true), { code: 'ENODEV' });
    await assert.rejects(ListeningSocket.open('no-such-host.invalid', 0), (error) => {
      assert.match((error as { code: string }).code, /^(ENOTFOUND|EAI_AGAIN)$/);
      return true;
    });
  });

  it('adopts one that listens already, and knows its address', async () => {
    for (const host of ['127.0.0.1', '::1']) {
      const socket = await ListeningSocket.open(host, 0);
      const { fd, port } = ListeningSocket.adopt(socket.fd);
      assert.deepEqual([fd, port, socket.host], [socket.fd, socket.port, host]);
      socket.close();
    }
  });

  it('adopts nothing else', async () => {
    const file = openSync('/dev/null', 'r');
    const pair = new SocketPair();
    for (const fd of [file, ...pair.fds, 1_000]) {
      assert.throws(() => ListeningSocket.adopt(fd), {
        name: 'ConfigError',
        message: `descriptor ${fd} is no TCP socket that listens`,
      });
    }
    closeSync(file);
    pair.close();
  });
});
