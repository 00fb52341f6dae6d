// SPDX-License-Identifier: Apache-2.0
// The common questions of docs/log.md, asked as it says while traffic comes of which everything is known.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { startGenerator } from '../../src/demo/generator-process.ts';
import type { Lab } from '../../src/demo/lab.ts';
import { skipUnlessRoot } from '../kernel/support/root.ts';
import { runMain } from './support/exporter-process.ts';
import { createOpenLab } from './support/lab.ts';
import { run, until } from './support/namespace.ts';
import { attached, packetsOf } from './support/packet-log.ts';

const DOCUMENT = readFileSync(new URL('../../../docs/log.md', import.meta.url), 'utf8');

/** The words of the command that answers a question, but for the device. */
function commandFor(question: string): string[] {
  const row = DOCUMENT.split('\n').find((line) => line.startsWith(`| ${question} |`));
  const [, command] = /`xdp-exporter (.*)`/.exec(row ?? '') ?? [];
  return (command ?? assert.fail(`no command for "${question}"`)).split(' ');
}

interface Count {
  readonly packets: number;
  readonly bytes: number;
}

interface TopReport {
  readonly devices: readonly {
    readonly cpus: readonly ({ readonly cpu: number } & Count)[];
    readonly actions: readonly ({ readonly action: string } & Count)[];
  }[];
}

const SOURCES = { kind: 'cycle', count: 4, prefix: '203.0.113.0/24' } as const;

describe('the first questions', { skip: skipUnlessRoot }, () => {
  let lab: Lab;
  before(async () => {
    lab = await createOpenLab('questions');
    for (const [{ netns, device }, host] of [
      [lab.rx, 1],
      [lab.tx, 2],
    ] as const) {
      await run('ip', '-n', netns, 'addr', 'add', `192.0.2.${host}/24`, 'dev', device);
      await run('ip', '-n', netns, 'link', 'set', 'lo', 'up');
    }
  });
  after(() => lab?.close());

  /** What the command prints, with the lab's device for "eth0"; `traffic` comes when it is attached. */
  async function answer(question: string, traffic: () => Promise<unknown>): Promise<string> {
    const words = commandFor(question).map((word) => (word === 'eth0' ? lab.rx.device : word));
    const running = runMain([...words, '--netns', lab.rx.netns]);
    await attached(lab);
    await traffic();
    const { code, stdout, stderr } = await running;
    assert.equal(code, 0, stderr);
    return stdout;
  }

  const send = (frames: number, others: object = {}) =>
    startGenerator({ ...lab.tx, frames, rate: 20_000, ...others }).done;

  test('how many packets each CPU takes, the first one included, and each action has', async () => {
    const mix = [{ family: 4, protocol: 'udp', length: 100 }];
    const question =
      'How many packets does each CPU handle? How many packets and bytes does each action have?';
    const stdout = await answer(question, async () => {
      await send(3000, { cpu: 0, mix });
      await send(2000, { cpu: 1, mix });
    });
    const [device] = (JSON.parse(stdout) as TopReport).devices;
    assert.deepEqual(
      device?.cpus.slice(0, 2).map(({ cpu, packets }) => [cpu, packets]),
      [
        [0, 3000],
        [1, 2000],
      ],
    );
    assert.deepEqual(
      device?.actions.map(({ action, packets, bytes }) => [action, packets, bytes]),
      ['aborted', 'drop', 'pass', 'tx', 'redirect', 'invalid'].map((action) =>
        action === 'pass' ? [action, 5000, 500_000] : [action, 0, 0],
      ),
    );
  });

  test('who sends, and what becomes of it', async () => {
    const mix = [{ family: 4, protocol: 'udp', sources: SOURCES }];
    const stdout = await answer('Who sends packets, and what happens to them?', () =>
      send(10, { mix }),
    );
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.split(/ +/));
    assert.equal(lines.length, 10);
    for (const [, , , action, source = ''] of lines) {
      assert.equal(action, 'pass');
      assert.match(source, /^203\.0\.113\.\d+:40000$/);
    }
  });

  test('from which address and port', async () => {
    const mix = (['tcp', 'icmp', 'udp'] as const).map((protocol) => {
      return { family: 4, protocol, sources: SOURCES };
    });
    const stdout = await answer('From which address and port do they come?', () =>
      send(30, { mix }),
    );
    const packets = packetsOf(stdout);
    assert.equal(packets.length, 10);
    for (const { source, source_port, protocol } of packets) {
      assert.match(source, /^203\.0\.113\.\d+$/);
      assert.equal(source_port, 40_000);
      assert.match(protocol, /^(tcp|udp)$/);
    }
  });

  test('a ping shows as ICMP and is answered, on a device and on lo', async () => {
    for (const [device, from, to] of [
      [lab.rx.device, lab.tx, '192.0.2.1'],
      ['lo', lab.rx, '127.0.0.1'],
    ] as const) {
      const words = ['--netns', lab.rx.netns, '-o', 'json', '--count', '2', 'icmp'];
      const logging = runMain(['log', device, ...words]);
      await until('log is attached', async () =>
        (await run('ip', '-n', lab.rx.netns, '-d', 'link', 'show', device)).includes('prog/xdp'),
      );
      const ping = ['ping', '-c', '2', '-i', '0.2', to];
      assert.match(await run('ip', 'netns', 'exec', from.netns, ...ping), / 2 received/);
      const { stdout } = await logging;
      assert.deepEqual(
        packetsOf(stdout).map(({ protocol, length, action }) => [protocol, length, action]),
        new Array(2).fill(['icmp', 98, 'pass']),
      );
    }
  });
});
