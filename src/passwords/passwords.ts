// SPDX-License-Identifier: Apache-2.0
// The entry of the process that checks passwords, without any right. Each check keeps a CPU busy for a while, which
// must delay no scrape. It ends with the channel to the wire.
import { Socket } from 'node:net';
import os from 'node:os';
import { Border } from '../border/border.ts';
import type { PasswordCalls } from '../border/calls.ts';
import { CHANNEL_FD } from '../border/descriptors.ts';
import { checkPassword } from './check-password.ts';

/** A request has far fewer bytes. */
const MAX_MESSAGE_BYTES = 64 * 1024;

// They are meant for the engine. A terminal sends them to every process.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const) {
  process.on(signal, () => {});
}
try {
  os.setPriority(os.constants.priority.PRIORITY_LOW);
} catch {
  // A filter of system calls may forbid it, as that of the systemd unit does.
}

const wire: Border<PasswordCalls, Record<string, never>> = new Border({
  channel: new Socket({ fd: CHANNEL_FD, readable: true, writable: true }),
  calls: { check: checkPassword },
  maxMessageBytes: MAX_MESSAGE_BYTES,
});

await wire.ended;
process.exit(0);
