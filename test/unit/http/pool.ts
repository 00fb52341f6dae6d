// SPDX-License-Identifier: Apache-2.0
// A pool of connections without sockets, in which a test decides what happens when.
import { type Connection, ConnectionPool } from '../../../src/http/connections.ts';

export class FakeSocket implements Connection {
  readonly name: string;
  bytesRead = 0;
  destroyed = false;

  constructor(name: string) {
    this.name = name;
  }

  destroy(): void {
    this.destroyed = true;
  }
}

/** A pool of which the test decides when it sweeps. */
export function createPool(maxConnections: number) {
  const due: (() => void)[] = [];
  const sockets: FakeSocket[] = [];
  let full = 0;
  let nowMs = 0;
  const pool = new ConnectionPool({
    maxConnections,
    afterReading: (sweep) => due.push(sweep),
    onFull: () => full++,
    nowMs: () => nowMs,
  });
  return {
    pool,
    sockets,
    get full() {
      return full;
    },
    get sweepsDue() {
      return due.length;
    },
    connect(...names: string[]): FakeSocket[] {
      const connected = names.map((name) => new FakeSocket(name));
      for (const socket of connected) {
        pool.admit(socket);
        sockets.push(socket);
      }
      return connected;
    },
    /** A whole request arrives. Returns what answers it. */
    ask(socket: FakeSocket): () => void {
      socket.bytesRead += 100;
      const end = () => {};
      pool.begin(socket, end);
      return () => pool.end(socket, end);
    },
    pass(ms: number) {
      nowMs += ms;
    },
    sweep() {
      for (const sweep of due.splice(0)) {
        sweep();
      }
    },
    get open() {
      return sockets.flatMap(({ name, destroyed }) => (destroyed ? [] : [name]));
    },
  };
}
