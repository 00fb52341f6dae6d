// SPDX-License-Identifier: Apache-2.0
// Loaded with --import into the exporter's process: the engine's turns throw once it has been at work for a while.
import { Session } from '../../../src/engine/session.ts';

const AFTER_MS = 2_000;

const { turn } = Session.prototype;
let firstMs: number | undefined;

Session.prototype.turn = function (this: Session) {
  firstMs ??= performance.now();
  if (performance.now() - firstMs > AFTER_MS) {
    throw new Error('injected fault');
  }
  turn.call(this);
};
