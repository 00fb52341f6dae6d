// SPDX-License-Identifier: Apache-2.0
// Many clients of the exporter's port at once, none of them polite, and what they leave behind in its process.
import { readdirSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

const ANSWER_START = 'HTTP/1.1 ';

/**
 * Rejects where the connection is refused or reset before it stands.
 * @param localAddress of the loopback device: the exporter tells clients apart by it
 */
export function dial(url: string, localAddress?: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect({ port: Number(port), host: hostname, localAddress });
    socket.once('connect', () => resolve(socket));
    socket.on('error', reject);
  });
}

/** All that a server sends until it ends the connection, however it ends it. */
export function hear(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.once('close', () => resolve(Buffer.concat(chunks).toString('latin1')));
  });
}

/** Sends bytes as they are; resolves with all that comes back until the server ends the connection. */
export async function exchangeBytes(
  url: string,
  bytes: string,
  localAddress?: string,
): Promise<string> {
  const socket = await dial(url, localAddress);
  socket.write(bytes);
  return hear(socket);
}

/** The status of every response in what a server sent. */
export function statusesOf(answer: string): number[] {
  return [...answer.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)].map(([, status]) => Number(status));
}

/** Runs `act` so many times, a number of them at once. */
export async function repeat(
  times: number,
  { atOnce }: { readonly atOnce: number },
  act: () => Promise<unknown>,
): Promise<void> {
  let left = times;
  const work = async () => {
    while (left-- > 0) {
      await act();
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
}

export function descriptorCount(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

export interface SiegeOptions {
  readonly connections: number;
  /** Requests that wait for their answers on each. */
  readonly atOnce: number;
  readonly request: string;
  /** Whether another connection takes the place of one that was closed. */
  readonly comesBack: boolean;
}

export interface Siege {
  /** Until now. */
  readonly answers: number;
  close(): void;
}

/** Keeps connections busy until it is closed: whenever an answer begins to come, one more request is sent. */
export function besiege(url: string, options: SiegeOptions): Siege {
  const { connections, atOnce, request, comesBack } = options;
  const open = new Set<Socket>();
  let isOver = false;
  let answers = 0;

  async function attack(): Promise<void> {
    const socket = await dial(url);
    open.add(socket);
    let rest = '';
    socket.on('data', (chunk) => {
      const parts = (rest + chunk.toString('latin1')).split(ANSWER_START);
      rest = (parts.at(-1) ?? '').slice(1 - ANSWER_START.length);
      answers += parts.length - 1;
      socket.write(request.repeat(parts.length - 1));
    });
    socket.write(request.repeat(atOnce));
    if (isOver) {
      socket.destroy();
    }
    await new Promise((resolve) => socket.once('close', resolve));
    open.delete(socket);
  }

  async function attackOn(): Promise<void> {
    do {
      await attack().catch(() => delay(10));
    } while (comesBack && !isOver);
  }

  for (let connection = 0; connection < connections; connection++) {
    void attackOn();
  }
  return {
    get answers() {
      return answers;
    },
    close() {
      isOver = true;
      for (const socket of open) {
        socket.destroy();
      }
    },
  };
}
