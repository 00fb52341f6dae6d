// SPDX-License-Identifier: Apache-2.0
// Root with the capabilities of the DaemonSet, less one: what docs/capabilities.md says of each.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { messageWithout } from '../image/support/capability-document.ts';
import { skipUnlessRoot } from '../kernel/support/root.ts';
import { ExporterProcess, runMain } from './support/exporter-process.ts';
import { upOf } from './support/exposition.ts';
import { scrapeInside } from './support/fetch-inside.ts';
import { createNamespace, type Namespace } from './support/namespace.ts';

const DEVICE = 'v0';
const ALL = ['bpf', 'perfmon', 'net_admin', 'setuid', 'setgid'] as const;
const LISTEN = ['--web.listen-address', '127.0.0.1:0'];

describe('without a capability', { skip: skipUnlessRoot }, () => {
  let namespace: Namespace;

  before(async () => {
    namespace = await createNamespace();
    await namespace.ip('link', 'set', 'lo', 'up');
  });
  after(() => namespace?.close());

  /** In front of an exporter that is to have the capabilities but for this one. */
  function without(capability?: (typeof ALL)[number]): readonly string[] {
    const left = ALL.filter((name) => name !== capability);
    const set = ['-all', ...left.map((name) => `+${name}`)].join(',');
    const inside = ['nsenter', `--net=/run/netns/${namespace.name}`];
    return [...inside, 'setpriv', `--bounding-set=${set}`, '--inh-caps=-all'];
  }

  for (const capability of ['bpf', 'perfmon', 'net_admin'] as const) {
    test(`of its own, ${capability}: exit 2 with the documented message, and nothing is attached`, async () => {
      const ended = await runMain(['run', ...LISTEN, '--device', DEVICE], {
        wrapper: without(capability),
      });
      assert.equal(ended.code, 2, ended.stderr);
      assert.ok(
        ended.stderr.startsWith(
          `xdp-exporter: start the exporter: ${messageWithout(capability.toUpperCase())}`,
        ),
      );
      assert.equal(ended.stderr.trimEnd().split('\n').length, 1, ended.stderr);
      assert.equal(await namespace.xdpProgramId(DEVICE), undefined);
    });
  }

  test('to enter a namespace, sys_admin: exit 2 with the documented message', async () => {
    const args = ['run', ...LISTEN, '--netns', namespace.name, '--device', DEVICE];
    const ended = await runMain(args, { wrapper: without() });
    assert.equal(ended.code, 2, ended.stderr);
    assert.ok(ended.stderr.includes(messageWithout('SYS_ADMIN')), ended.stderr);
    assert.equal(await namespace.xdpProgramId(DEVICE), undefined);
  });

  for (const capability of ['setuid', 'setgid'] as const) {
    test(`to become another user, ${capability}: counts, and warns once of what it cannot withhold`, async () => {
      const exporter = await ExporterProcess.start(['--device', DEVICE], {
        wrapper: without(capability),
      });
      try {
        const samples = await scrapeInside(namespace.name, exporter.url);
        assert.equal(upOf(samples, DEVICE), 1);
        assert.equal(samples.get('xdp_exporter_wire_info{isolation="none"}'), 1);
        const warnings = exporter.log.match(/^.*level=warn.*$/gm) ?? [];
        assert.equal(warnings.length, 1, exporter.log);
        assert.match(warnings[0] ?? '', /reason="root lacks CAP_SETUID or CAP_SETGID"/);
      } finally {
        await exporter.close();
      }
    });
  }
});
