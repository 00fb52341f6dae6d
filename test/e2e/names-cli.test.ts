// SPDX-License-Identifier: Apache-2.0
// Devices whose names are quotes, braces, escapes and bytes that are no text: as commands show them and users name them.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startGenerator } from '../../src/demo/generator-process.ts';
import type { Lab } from '../../src/demo/lab.ts';
import { skipUnlessRoot } from '../kernel/support/root.ts';
import { runMain } from './support/exporter-process.ts';
import { until } from './support/namespace.ts';
import {
  bytesOf,
  createOddLab,
  type NamedDevice,
  quoteBytes,
  runBytes,
} from './support/odd-lab.ts';

describe('commands on devices with odd names', { skip: skipUnlessRoot }, () => {
  let lab: Lab;
  let devices: readonly NamedDevice[];

  before(async () => {
    ({ lab, devices } = await createOddLab('names-cli'));
  });
  after(() => lab?.close());

  const all = () => ['--netns', lab.rx.netns, '--device', '*', '--device-exclude', 'lo'];
  const shownNames = () => [lab.rx.device, ...devices.map(({ shown }) => shown)].toSorted();

  test('top shows each in ASCII as text, and as it is in JSON', async () => {
    const args = ['top', ...all(), '--once', '--interval', '0.1'];
    const json = JSON.parse((await runMain([...args, '-o', 'json'])).stdout);
    const names = json.devices.map(({ device }: { device: string }) => device);
    assert.deepEqual(names.toSorted(), shownNames());
    const { stdout } = await runMain(args);
    assert.match(stdout, /^[\x20-\x7e\n]*$/);
    const titles = stdout
      .split('\n')
      .flatMap((line) => /^\d\S+Z {2}(.*) {2}native$/.exec(line)?.[1] ?? []);
    assert.deepEqual(titles.map(readShown).toSorted(), shownNames());
  });

  test('the list of devices shows each in ASCII, on a line of its own', async () => {
    const { stderr, code } = await runMain(['top', '--netns', lab.rx.netns]);
    assert.equal(code, 2);
    assert.match(stderr, /^[\x20-\x7e\n]*$/);
    const listed = stderr.split('\n').flatMap((line) => /^ {2}(.*?) +veth /.exec(line)?.[1] ?? []);
    assert.deepEqual(listed.map(readShown).toSorted(), shownNames());
  });

  for (const output of ['text', 'json']) {
    test(`log names the device of each packet as ${output}`, async () => {
      const [first, second] = devices;
      const logging = runMain(['log', ...all(), '--count', '2', '-o', output]);
      await until('log is attached', async () =>
        (
          await runBytes(
            `ip -n ${lab.rx.netns} -d link show dev ${quoteBytes(devices.at(-1)?.rawName ?? bytesOf(''))}`,
          )
        ).includes('prog/xdp'),
      );
      for (const device of [first, second]) {
        await startGenerator({ ...(device?.tx ?? lab.tx), frames: 1 }).done;
      }
      const lines = (await logging).stdout.trim().split('\n');
      assert.match(lines.join(''), output === 'text' ? /^[\x20-\x7e]*$/ : /^\P{C}*$/u);
      const named = lines.map((line) =>
        output === 'text' ? readShown(line.split(/ +/)[1] ?? '') : JSON.parse(line).device,
      );
      assert.deepEqual(named.toSorted(), [first?.shown, second?.shown].toSorted());
    });
  }

  /** The devices that `top` attaches to, given arguments in the syntax of bash. */
  async function selected(args: string): Promise<string[]> {
    const script = `exec "$@" --netns ${lab.rx.netns} --once --interval 0.1 -o json ${args}`;
    const wrapper = ['bash', '-c', script, 'bash'];
    const { stdout, stderr } = await runMain(['top'], { wrapper });
    assert.notEqual(stdout, '', stderr);
    return JSON.parse(stdout)
      .devices.map(({ device }: { device: string }) => device)
      .toSorted();
  }

  test('each is selected by the name that it is shown by', async () => {
    for (const { shown } of devices.filter((device) => device.shown !== '*')) {
      assert.deepEqual(await selected(`--device ${quoteBytes(Buffer.from(shown))}`), [shown]);
    }
    assert.deepEqual(await selected(`--device '\\*'`), ['*']);
  });

  test('bytes that are no text select every device that is shown alike', async () => {
    const alike = devices.map(({ shown }) => shown).filter((shown) => shown.startsWith('et'));
    assert.equal(alike.length, 3);
    assert.deepEqual(
      await selected(`--device ${quoteBytes(bytesOf('et\xffh'))}`),
      alike.toSorted(),
    );
  });

  test('the default route may lead to one', async () => {
    const [, device] = devices;
    const ip = `ip -n ${lab.rx.netns}`;
    const name = quoteBytes(device?.rawName ?? bytesOf(''));
    await runBytes(
      `${ip} addr add 192.0.2.2/24 dev ${name} && ${ip} route add default dev ${name}`,
    );
    assert.deepEqual(await selected('--device-default-route'), [device?.shown]);
  });
});

function readShown(name: string): string {
  return name.startsWith('"') ? JSON.parse(name) : name;
}
