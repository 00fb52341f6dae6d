// SPDX-License-Identifier: Apache-2.0
// Two connected sockets in one process.
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

let serial = 0;

export async function socketPair(): Promise<readonly [Socket, Socket]> {
  // In the abstract namespace: there is no file to remove.
  const path = `\0xdp-pair-${process.pid}-${serial++}`;
  const server = createServer().listen(path);
  await once(server, 'listening');
  const accepted = once(server, 'connection');
  const one = connect(path);
  const [other] = (await accepted) as [Socket];
  server.close();
  return [one, other];
}
