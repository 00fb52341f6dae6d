// SPDX-License-Identifier: Apache-2.0
// A wire in this very process: what it answers is up to each test.
import type { Socket } from 'node:net';
import { Border } from '../../../src/border/border.ts';
import type { EngineCalls, Reading, WireCalls, WireOptions } from '../../../src/border/calls.ts';
import type { WireProcess } from '../../../src/supervisor/wire-process.ts';
import type { WebSecurity } from '../../../src/web-config/web-security.ts';

export class FakeWire {
  readonly started: WireOptions<string>[] = [];
  readonly finished: (Reading | undefined)[] = [];
  readonly secured: WebSecurity[] = [];
  killed = 0;
  readonly process: WireProcess;
  readonly engine: Border<WireCalls<string>, EngineCalls>;
  #end: (reason: string) => void = () => {};

  /** @param calls what it does otherwise than a sound one */
  constructor([near, far]: readonly [Socket, Socket], calls: Partial<WireCalls<string>> = {}) {
    this.process = {
      pid: 0,
      channel: near,
      ended: new Promise((resolve) => {
        this.#end = resolve;
      }),
      kill: () => {
        this.killed++;
        this.die('SIGKILL');
      },
    };
    this.engine = new Border({
      channel: far,
      calls: {
        start: async (options) => void this.started.push(options),
        ping() {},
        secure: async (security) => void this.secured.push(security),
        packets() {},
        finish: async (last) => void this.finished.push(last),
        ...calls,
      },
      maxMessageBytes: 1_000_000,
    });
    // As the real one does.
    void this.engine.ended.then(() => this.die('exit code 0'));
  }

  die(reason: string): void {
    this.engine.close();
    this.#end(reason);
  }
}
