// SPDX-License-Identifier: Apache-2.0
// Calls that cannot work: each ends before anything is attached, with one clear line and the documented exit code.
import assert from 'node:assert/strict';
import { readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { skipUnlessRoot } from '../kernel/support/root.ts';
import { copyOfDist, DIST } from './support/dist-copy.ts';
import { ExporterProcess, runMain } from './support/exporter-process.ts';
import { upOf } from './support/exposition.ts';
import { createNamespace, type Namespace, until } from './support/namespace.ts';

const ANY_PORT = ['--web.listen-address', '127.0.0.1:0'];

describe('a call that cannot work', { skip: skipUnlessRoot }, () => {
  let namespace: Namespace;
  before(async () => {
    namespace = await createNamespace();
  });
  after(() => namespace?.close());

  const refused: readonly { what: string; args: string[]; code: number; line: RegExp }[] = [
    {
      what: 'an unknown flag',
      args: ['--devcie', 'v0'],
      code: 2,
      line: /unknown flag "--devcie"; did you mean "--device"\?/,
    },
    {
      what: 'two XDP modes',
      args: ['--device', 'v0', '--xdp-mode', 'native', '--xdp-mode', 'generic'],
      code: 2,
      line: /read --xdp-mode "native", "generic": given 2 times/,
    },
    {
      what: 'an XDP mode that does not exist',
      args: ['--device', 'v0', '--xdp-mode', 'turbo'],
      code: 2,
      line: /read --xdp-mode "turbo": not one of auto, native, generic/,
    },
    {
      what: 'a bad address',
      args: ['--device', 'v0', '--web.listen-address', 'localhost'],
      code: 2,
      line: /read --web.listen-address "localhost": not host:port/,
    },
    {
      what: 'a telemetry path that is taken',
      args: ['--device', 'v0', '--web.telemetry-path', '/healthz'],
      code: 2,
      line: /read --web.telemetry-path "\/healthz"/,
    },
    {
      what: 'a namespace that does not exist, with --strict',
      args: ['--device', 'v0', '--netns', 'no-such-namespace', '--strict', ...ANY_PORT],
      code: 1,
      line: /find network namespace "no-such-namespace": there is none now \(--strict\)/,
    },
    {
      what: 'a missing device with --strict',
      args: ['--device', 'v7', '--strict', ...ANY_PORT],
      code: 1,
      line: /find device "v7": no such device; did you mean "v[01]"\? \(--strict\)/,
    },
    {
      what: 'a glob that matches nothing with --strict',
      args: ['--device', 'wlan*', '--strict', ...ANY_PORT],
      code: 1,
      line: /no device matches "wlan\*"; .* \(--strict\)/,
    },
  ];

  for (const { what, args, code, line } of refused) {
    test(`${what}: exit ${code} and one line`, async () => {
      const inNamespace = args.includes('--netns') ? args : ['--netns', namespace.name, ...args];
      const ended = await runMain(inNamespace);
      assert.match(ended.stderr, line);
      assert.equal(ended.code, code);
      assert.equal(ended.stderr.trim().split('\n').length, 1, ended.stderr);
      assert.equal(await namespace.xdpProgramId('v0'), undefined);
    });
  }

  test('no device named: exit 2 and the devices, drivers and modes there are', async () => {
    const ended = await runMain(['--netns', namespace.name]);
    assert.equal(ended.code, 2);
    assert.match(ended.stderr, /choose devices: none given; name one/);
    assert.match(ended.stderr, /v0 +veth +native,generic +-/);
    assert.match(ended.stderr, /lo +- +generic/);
  });

  test('no device named in a namespace that does not exist: exit 2 and one line', async () => {
    const { code, stderr } = await runMain(['--netns', 'no-such-namespace']);
    assert.match(stderr, /^xdp-exporter: find network namespace "no-such-namespace": .*\n$/);
    assert.equal(code, 2);
  });

  test('a port in use: exit 1 before anything is attached', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const address = other.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const listen = ['--web.listen-address', `127.0.0.1:${port}`];
    const ended = await runMain(['--netns', namespace.name, '--device', 'v0', ...listen]);
    other.close();
    assert.equal(ended.code, 1);
    assert.match(ended.stderr, new RegExp(`listen on "127.0.0.1:${port}": EADDRINUSE`));
    assert.doesNotMatch(ended.stderr, /attached/);
  });

  test('no capabilities: exit 2 and those that are missing', async () => {
    // Another user could not even read a clone in the home of root.
    const wrapper = ['setpriv', '--bounding-set', '-all', '--inh-caps', '-all'];
    const ended = await runMain(['--device', 'lo', ...ANY_PORT], { wrapper });
    assert.equal(ended.code, 2, ended.stderr);
    assert.match(ended.stderr, /missing CAP_BPF .*CAP_PERFMON .*CAP_NET_ADMIN/);
  });

  const damages: readonly { what: string; name: string; damage: (file: string) => void }[] = [
    {
      what: 'half of an object file',
      name: 'xdp_exporter.bpf.o',
      damage: (file) => truncateSync(file, statSync(file).size / 2),
    },
    {
      what: 'one changed byte in an object file',
      name: 'xdp_exporter.bpf.o',
      damage: changeByte,
    },
    {
      what: 'one changed byte in an object file that another device would take',
      name: 'xdp_observer_untyped.bpf.o',
      damage: changeByte,
    },
    {
      what: 'an object file that is missing',
      name: 'tracepoints.bpf.o',
      damage: (file) => rmSync(file),
    },
  ];
  for (const { what, name, damage } of damages) {
    test(`${what}: exit 2, one line, and nothing attached`, async () => {
      const copy = copyOfDist();
      try {
        damage(copy.file(`bpf/${name}`));
        const args = ['--device', 'v0', '--netns', namespace.name, ...ANY_PORT];
        const ended = await runMain(args, { main: copy.main });
        assert.equal(ended.code, 2, ended.stderr);
        assert.match(
          ended.stderr,
          /open BPF object ".*": (its digest does not match|ENOENT).*reinstall/,
        );
        assert.ok(ended.stderr.includes(name));
        assert.equal(ended.stderr.trim().split('\n').length, 1, ended.stderr);
        assert.equal(await namespace.xdpProgramId('v0'), undefined);
      } finally {
        copy.remove();
      }
    });
  }

  test('a program that the verifier rejects: the device stays down, with the reason in one line', async () => {
    const copy = copyOfDist();
    for (const object of ['xdp_exporter', 'xdp_exporter_cast']) {
      copy.rebuild(`${object}.bpf.o`, join(DIST, 'test/bpf/rejected.bpf.o'));
    }
    const args = ['--netns', namespace.name, '--device', 'v0'];
    const exporter = await ExporterProcess.start(args, { main: copy.main });
    try {
      assert.match(
        exporter.log,
        /load program \\"xdp_exporter\\": verifier: invalid access to packet.*outside of the packet .*\d+ more lines/,
      );
      assert.equal(upOf(await exporter.scrape(), 'v0'), 0);
    } finally {
      await exporter.close();
      copy.remove();
    }
  });

  test('a leftover of nothing: no device of the namespace carries a program afterwards', async () => {
    await until('v0 is free', async () => (await namespace.xdpProgramId('v0')) === undefined);
    assert.equal(await namespace.xdpProgramId('v1'), undefined);
  });
});

/** In the middle, where it is an instruction or a type and no header. */
function changeByte(file: string): void {
  const bytes = readFileSync(file);
  const middle = Math.floor(bytes.length / 2);
  bytes.writeUInt8(bytes.readUInt8(middle) ^ 1, middle);
  writeFileSync(file, bytes);
}
