// SPDX-License-Identifier: Apache-2.0
// Listens on an address that may not exist yet: a service that starts with the machine waits for it rather than fail.
import { setTimeout } from 'node:timers/promises';
import { ExporterError, errorMessage, RequirementError } from './errors.ts';
import { formatListenAddress, type ListenAddress } from './http/listen-address.ts';
import { ListeningSocket } from './kernel/listening-socket.ts';
import type { Log } from './log.ts';

/** Of the resolver, and of a zone: the name, or the interface, may yet come. */
const NOT_YET = ['ENOTFOUND', 'EAI_AGAIN', 'ENODEV'];

const RETRY_MS = 1_000;

export interface Patience {
  /** Without it, what is not there now is an error. */
  readonly isPatient: boolean;
  readonly log: Log;
  /** Ends the waiting. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * An address that no device has is listened on at once, and reached when one has it. A name that does not resolve and a zone
 * without its interface are waited for, which is said once.
 * @throws ExporterError for everything else, and when the signal comes first
 */
export async function listenInTime(
  address: ListenAddress,
  { isPatient, log, signal }: Patience,
): Promise<ListeningSocket> {
  const where = `listen on "${formatListenAddress(address)}"`;
  for (let isFirst = true; ; isFirst = false) {
    try {
      const socket = await ListeningSocket.open(address.host, address.port, isPatient);
      if (socket.isAddressAbsent) {
        log.warn(
          `${where}: no device has this address; the exporter can be reached as soon as a device has it`,
        );
      }
      return socket;
    } catch (error) {
      const code = codeOf(error);
      if (!isPatient || !NOT_YET.includes(code) || signal?.aborted === true) {
        throw refusal(where, error);
      }
      if (isFirst) {
        log.warn(`${where}: ${code}; waiting until the address is available`);
      }
      await pause(signal);
    }
  }
}

function codeOf(error: unknown): string {
  const { code = errorMessage(error) } = error as { code?: string };
  return code;
}

/** Without libc there is no other address either. */
function refusal(where: string, cause: unknown): unknown {
  return cause instanceof RequirementError
    ? cause
    : new ExporterError(`${where}: ${codeOf(cause)}; choose another with --web.listen-address`, {
        cause,
      });
}

/** Ends early where the signal comes. */
async function pause(signal: AbortSignal | undefined): Promise<void> {
  await setTimeout(RETRY_MS, undefined, { ...(signal && { signal }) }).catch(() => {});
}
