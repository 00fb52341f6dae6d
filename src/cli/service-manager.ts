// SPDX-License-Identifier: Apache-2.0
// What systemd wants to be told: when the service is ready, that it is alive, that it stops; sd_notify(3).
import type { Environment } from '../options/environment.ts';

export interface ServiceManager {
  /** Once. Where a watchdog is set, pings follow at half its interval until `stopping`. */
  ready(status: string): void;
  stopping(): void;
}

/** Beyond it Node's timers fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

interface Channel {
  notify(socket: string, state: string): void;
}

/**
 * Undefined where no manager asked to be told. A ping proves that the engine's loop turns, which sees to it that the
 * wire answers or is replaced.
 */
export function findServiceManager(
  environment: Environment,
  channel: Channel,
  pid = process.pid,
): ServiceManager | undefined {
  const socket = environment['NOTIFY_SOCKET'];
  if (socket === undefined || socket === '') {
    return undefined;
  }
  const watchdogMs = readWatchdog(environment, pid);
  let pings: NodeJS.Timeout | undefined;
  return {
    ready(status) {
      channel.notify(socket, `READY=1\nSTATUS=${status}`);
      if (watchdogMs !== undefined) {
        pings = setInterval(
          () => channel.notify(socket, 'WATCHDOG=1'),
          Math.min(watchdogMs / 2, LONGEST_TIMER_MS),
        );
      }
    },
    stopping() {
      clearInterval(pings);
      channel.notify(socket, 'STOPPING=1');
    },
  };
}

/** sd_watchdog_enabled(3): WATCHDOG_USEC, unless WATCHDOG_PID says that it is meant for another process. */
function readWatchdog(environment: Environment, pid: number): number | undefined {
  const { WATCHDOG_USEC: microseconds, WATCHDOG_PID: meant } = environment;
  const isOurs = meant === undefined || meant === String(pid);
  return isOurs && /^[1-9]\d{0,15}$/.test(microseconds ?? '')
    ? Number(microseconds) / 1000
    : undefined;
}
