// SPDX-License-Identifier: Apache-2.0
// A device that gets another name while it is counted.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startGenerator } from '../../src/demo/generator-process.ts';
import { createLab, type Lab } from '../../src/demo/lab.ts';
import { skipUnlessRoot } from '../kernel/support/root.ts';
import { ExporterProcess } from './support/exporter-process.ts';
import { packetsByDevice, readSamples } from './support/exposition.ts';
import { until } from './support/namespace.ts';
import { addOddDevice, bytesOf, type OddDevice, renameOddDevice } from './support/odd-lab.ts';

describe('a device that is renamed', { skip: skipUnlessRoot }, () => {
  let lab: Lab;
  let device: OddDevice;
  let exporter: ExporterProcess | undefined;

  before(async () => {
    lab = await createLab({ name: 'rename' });
    device = await addOddDevice(lab, bytesOf('ren0'), 0);
  });
  after(async () => {
    await exporter?.close();
    await lab?.close();
  });

  const counts = async () => packetsByDevice(readSamples((await exporter?.get('metrics')) ?? ''));
  const send = async (frames: number) => {
    await startGenerator({ ...device.tx, frames }).done;
  };

  test('is attached to again, and counted under its new name from then on', async () => {
    exporter = await ExporterProcess.start(['--netns', lab.rx.netns, '--device', 'r*']);
    await send(100);
    await until('100 are counted', async () => (await counts())['ren0'] === 100);
    await renameOddDevice(lab, bytesOf('ren0'), bytesOf('r\xff'));
    const shown = `r\ufffd#${device.ifindex}`;
    await until('the new name is there', async () => (await counts())[shown] === 0);
    await send(23);
    await until('23 are counted', async () => (await counts())[shown] === 23);
    assert.deepEqual(await counts(), { ren0: 100, [shown]: 23 });
  });

  test('goes on as before where only bytes change that are no text', async () => {
    await renameOddDevice(lab, bytesOf('r\xff'), bytesOf('r\xfe'));
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    await send(1);
    const shown = `r\ufffd#${device.ifindex}`;
    await until('one more is counted', async () => (await counts())[shown] === 24);
    assert.equal(exporter?.log.match(/msg=attached/g)?.length, 2);
  });
});
