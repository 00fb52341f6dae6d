// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { activatedSockets } from '../../../src/kernel/activated-sockets.ts';

const REMEDY = 'start the service with a .socket unit that has 1 to 16 lines of ListenStream=PORT';

describe('activatedSockets', () => {
  const refused: readonly [Record<string, string>, string][] = [
    [{}, 'systemd has passed no socket'],
    [{ LISTEN_FDS: '1', LISTEN_PID: '6' }, 'LISTEN_FDS is "1" and LISTEN_PID "6", for process 7'],
    [{ LISTEN_FDS: '1' }, 'LISTEN_FDS is "1" and LISTEN_PID "undefined", for process 7'],
    [{ LISTEN_FDS: '0', LISTEN_PID: '7' }, 'LISTEN_FDS is "0" and LISTEN_PID "7", for process 7'],
    [{ LISTEN_FDS: '17', LISTEN_PID: '7' }, 'LISTEN_FDS is "17" and LISTEN_PID "7", for process 7'],
    [{ LISTEN_FDS: '-1', LISTEN_PID: '7' }, 'LISTEN_FDS is "-1" and LISTEN_PID "7", for process 7'],
  ];
  for (const [environment, cause] of refused) {
    it(`refuses ${JSON.stringify(environment)}`, () => {
      assert.throws(() => activatedSockets(environment, 7), {
        name: 'ConfigError',
        message: `${cause}; ${REMEDY}`,
      });
    });
  }
});
