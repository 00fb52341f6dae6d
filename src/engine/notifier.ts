// SPDX-License-Identifier: Apache-2.0
// Passes notifications on to the service manager. What it cannot send is worth one warning, and never the run.

import { errorMessage } from '../errors.ts';
import { sendNotification } from '../kernel/notify-socket.ts';
import type { Log } from '../log.ts';

export interface Notification {
  /** The value of NOTIFY_SOCKET. */
  readonly socket: string;
  /** Lines as in sd_notify(3). */
  readonly state: string;
}

/** @param send a test may give another */
export function createNotifier(
  log: Log,
  send = sendNotification,
): (notification: Notification) => void {
  let warned = false;
  return ({ socket, state }) => {
    try {
      send(socket, state);
    } catch (error) {
      log[warned ? 'debug' : 'warn'](`notify service manager: ${errorMessage(error)}`);
      warned = true;
    }
  };
}
