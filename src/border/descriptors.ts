// SPDX-License-Identifier: Apache-2.0
// What the wire inherits beside its standard streams, at both ends of the fork.

/** Of the socket that listens. */
export const LISTEN_FD = 3;

/** Of the stream to the engine. */
export const CHANNEL_FD = 4;

/** Of the control socket, where there is one. */
export const CONTROL_FD = 5;
