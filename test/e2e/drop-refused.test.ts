// SPDX-License-Identifier: Apache-2.0
// Where --drop-privileges cannot keep its promise, the exporter says so in one line and serves nothing.
import assert from 'node:assert/strict';
import { chmodSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { skipUnlessRoot } from '../kernel/support/root.ts';
import { copyOfDist, type DistCopy } from './support/dist-copy.ts';
import { runMain } from './support/exporter-process.ts';
import { fewRights } from './support/few-rights.ts';
import { createNamespace, type Namespace } from './support/namespace.ts';

const DEVICE = 'v0';

describe('--drop-privileges is refused', { skip: skipUnlessRoot }, () => {
  let namespace: Namespace;
  let closed: DistCopy;

  before(async () => {
    namespace = await createNamespace();
    closed = copyOfDist();
    chmodSync(closed.folder, 0o700);
  });
  after(async () => {
    closed?.remove();
    await namespace?.close();
  });

  const inside = () => ['nsenter', `--net=/run/netns/${namespace.name}`];

  const refused: readonly {
    readonly what: string;
    readonly args: readonly string[];
    readonly wrapper?: () => readonly string[];
    readonly env?: Record<string, string>;
    readonly main?: () => string;
    readonly code: 1 | 2;
    readonly says: RegExp;
  }[] = [
    {
      what: 'another user than root',
      args: [],
      wrapper: () => fewRights(namespace.name),
      code: 2,
      says: /^xdp-exporter: drop privileges: the process runs as uid 1000, .* omit --drop-privileges$/m,
    },
    {
      what: 'root who may not change users',
      args: [],
      wrapper: () => [...inside(), 'setpriv', '--bounding-set=-setuid'],
      code: 2,
      says: /^xdp-exporter: drop privileges: missing CAP_SETUID \(to become another user\)/m,
    },
    {
      what: 'root who may not change groups',
      args: [],
      wrapper: () => [...inside(), 'setpriv', '--bounding-set=-setgid'],
      code: 2,
      says: /^xdp-exporter: drop privileges: missing CAP_SETGID \(to become another user\)/m,
    },
    {
      what: 'a process whose capabilities outlive the change of users',
      args: [],
      wrapper: () => [...inside(), 'setpriv', '--securebits=+no_setuid_fixup'],
      code: 1,
      says: /drop privileges: thread \d+ still has CapPrm 0*[1-9a-f][0-9a-f]*/,
    },
    {
      what: 'a Node.js that may use io_uring, which acts as the user before',
      args: [],
      env: { UV_USE_IO_URING: '1' },
      code: 1,
      says: /drop privileges: .*io_uring/,
    },
    {
      what: 'a user who may not read the package',
      args: [],
      main: () => closed.main,
      code: 1,
      says: /drop privileges: user "nobody" may not read ".*wire\.js"; install/,
    },
    {
      what: 'whoever asks for a namespace to enter',
      args: ['--netns', 'none'],
      code: 2,
      says: /drop privileges: --netns, .* CAP_SYS_ADMIN .*use only one of the two/,
    },
    {
      what: 'whoever names a user that is not there',
      args: ['--drop-privileges=no-such-user'],
      code: 2,
      says: /drop privileges: no user "no-such-user" in \/etc\/passwd/,
    },
  ];
  for (const { what, args, wrapper = inside, env = {}, main, code, says } of refused) {
    test(`to ${what}: one line, and nothing is left attached`, async () => {
      const dropping = args.some((arg) => arg.startsWith('--drop')) ? [] : ['--drop-privileges'];
      const listen = ['--web.listen-address', '127.0.0.1:0'];
      const ended = await runMain(['run', ...listen, '--device', DEVICE, ...dropping, ...args], {
        wrapper: wrapper(),
        env,
        ...(main === undefined ? {} : { main: main() }),
      });
      assert.match(ended.stderr, says);
      assert.equal(ended.code, code, ended.stderr);
      const errors = ended.stderr
        .split('\n')
        .filter((line) => /^xdp-exporter:|level=error/.test(line));
      assert.equal(errors.length, 1, ended.stderr);
      assert.equal(await namespace.xdpProgramId(DEVICE), undefined);
    });
  }
});
