// SPDX-License-Identifier: Apache-2.0
// A request under way, as routes see it.
import type { IncomingMessage } from 'node:http';

export interface Exchange {
  readonly request: IncomingMessage;
  /** How many requests its connection has sent without a pause until now, this one included. */
  asked(): number;
  /** Runs `action` when the answer is out, or the connection gone. */
  onEnd(action: () => void): void;
  /** Whether the answer is made, so that only its reader can be late. */
  isReady(): boolean;
  /** Ends the connection. */
  abort(): void;
}
