// SPDX-License-Identifier: Apache-2.0
// The sockets at which the exporter is asked. All are open before any device is touched, and every wire gets the same.
import { ConfigError, ExporterError, errorMessage } from './errors.ts';
import { formatListenAddress, type ListenAddress } from './http/listen-address.ts';
import { activatedSockets } from './kernel/activated-sockets.ts';
import type { ListeningSocket } from './kernel/listening-socket.ts';
import { UnixListener } from './kernel/unix-listener.ts';
import { listenInTime, type Patience } from './listen.ts';
import type { Log } from './log.ts';
import type { ControlConfig } from './options/control-socket.ts';
import type { WebConfig } from './options/settings.ts';

export interface WebSocket {
  readonly socket: ListeningSocket;
  /** "host:port": the host as it was asked for, the port as it is. */
  readonly name: string;
}

export interface Sockets {
  /** At least one. */
  readonly web: readonly WebSocket[];
  readonly control: UnixListener | undefined;
}

/** @param control absent: there is to be no control socket */
export async function openSockets(
  web: WebConfig,
  control: ControlConfig | undefined,
  patience: Patience,
): Promise<Sockets> {
  const sockets = web.systemdSocket ? adoptAll() : await listenOnAll(web.listenAddresses, patience);
  try {
    return { web: sockets, control: control && (await listenForControl(control, patience.log)) };
  } catch (error) {
    closeAll(sockets);
    throw error;
  }
}

export function closeSockets({ web, control }: Sockets): void {
  closeAll(web);
  control?.close();
}

function closeAll(sockets: readonly WebSocket[]): void {
  for (const { socket } of sockets) {
    socket.close();
  }
}

function adoptAll(): readonly WebSocket[] {
  try {
    return activatedSockets(process.env).map((socket) => ({
      socket,
      name: formatListenAddress(socket),
    }));
  } catch (error) {
    if (error instanceof ConfigError) {
      throw new ConfigError(`read --web.systemd-socket: ${error.message}`, { cause: error });
    }
    throw error;
  }
}

async function listenOnAll(
  addresses: readonly ListenAddress[],
  patience: Patience,
): Promise<readonly WebSocket[]> {
  const sockets: WebSocket[] = [];
  try {
    for (const address of addresses) {
      const socket = await listenInTime(address, patience);
      sockets.push({ socket, name: formatListenAddress({ ...address, port: socket.port }) });
    }
    return sockets;
  } catch (error) {
    closeAll(sockets);
    throw error;
  }
}

/** Nobody needs it to be served the metrics. But two exporters that were given one path are a mistake. */
async function listenForControl(
  { path, isDefault }: ControlConfig,
  log: Log,
): Promise<UnixListener | undefined> {
  try {
    return await UnixListener.open(path);
  } catch (error) {
    const { code = errorMessage(error) } = error as { code?: string };
    const isTaken = code === 'EADDRINUSE';
    const cause = isTaken ? 'another process listens there' : code;
    const message = `listen on control socket "${path}": ${cause}; choose another path with --control.socket`;
    if (isTaken && !isDefault) {
      throw new ExporterError(message, { cause: error });
    }
    // Where nobody has asked for it, nobody is to be alarmed.
    log[isDefault ? 'info' : 'warn'](`${message}; top and log cannot join this exporter`);
    return undefined;
  }
}
