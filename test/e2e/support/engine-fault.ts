// SPDX-License-Identifier: Apache-2.0
// Loaded with --import into the exporter's process: the engine's turns throw once it is at work.
import { Session } from '../../../src/engine/session.ts';

const DELAY_MS = 1_000;

setTimeout(() => {
  Session.prototype.turn = () => {
    throw new Error('injected fault');
  };
}, DELAY_MS);
