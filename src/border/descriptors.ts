// SPDX-License-Identifier: Apache-2.0
// What a process that the engine starts inherits beside its standard streams, at both ends of the fork. Sockets that the
// wire is told of follow.

/** Of the stream to the engine, or, for the process that checks passwords, to the wire. */
export const CHANNEL_FD = 3;

export const FIRST_SOCKET_FD = 4;
