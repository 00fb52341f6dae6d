// SPDX-License-Identifier: Apache-2.0
// The sockets that systemd opens for a service and hands over at its start: sd_listen_fds(3).
import { ConfigError, errorMessage } from '../errors.ts';
import { explainReason } from '../reasons.ts';
import { ListeningSocket } from './listening-socket.ts';

const FIRST_FD = 3;

/** More are a mistake: each becomes a descriptor of two processes. */
const MAX_SOCKETS = 16;

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * In the order of the .socket unit.
 * @param pid of this process: the variables may be meant for the one that started it
 * @throws ConfigError where there is none, or where one is no TCP socket that listens
 */
export function activatedSockets(
  environment: Environment,
  pid = process.pid,
): readonly ListeningSocket[] {
  const { LISTEN_PID: meant, LISTEN_FDS: count } = environment;
  if (meant !== String(pid) || !/^[1-9]\d?$/.test(count ?? '') || Number(count) > MAX_SOCKETS) {
    const found = `LISTEN_FDS is "${count}" and LISTEN_PID "${meant}", for process ${pid}`;
    throw new ConfigError(explainReason('web_socket', count === undefined ? undefined : found));
  }
  return Array.from({ length: Number(count) }, (_, index) => adopt(FIRST_FD + index));
}

function adopt(fd: number): ListeningSocket {
  try {
    return ListeningSocket.adopt(fd);
  } catch (cause) {
    throw new ConfigError(explainReason('web_socket', errorMessage(cause)), { cause });
  }
}
