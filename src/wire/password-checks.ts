// SPDX-License-Identifier: Apache-2.0
// The wire's end of the stream to the process that checks passwords.
import { Socket } from 'node:net';
import { Border } from '../border/border.ts';
import type { PasswordCalls } from '../border/calls.ts';
import { ExporterError } from '../errors.ts';
import type { CheckPassword } from '../http/logins.ts';

/** The dearest hash that is accepted takes a few seconds on a slow machine. */
const ANSWER_TIMEOUT_MS = 30_000;

const MAX_MESSAGE_BYTES = 64 * 1024;

/**
 * @param fd of the stream
 * @param onEnd is told when that process is gone
 */
export function openPasswordChecks(fd: number, onEnd: (reason: Error) => void): CheckPassword {
  const border: Border<Record<string, never>, PasswordCalls> = new Border({
    channel: new Socket({ fd, readable: true, writable: true }),
    calls: {},
    maxMessageBytes: MAX_MESSAGE_BYTES,
  });
  void border.ended.then((cause) =>
    onEnd(new ExporterError('check passwords: the process for it has ended', { cause })),
  );
  return (check) => border.call('check', check, ANSWER_TIMEOUT_MS);
}
