// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, describe, it } from 'node:test';
import { readNetworks } from '../../../../src/engine/networks/read-networks.ts';
import { NetworksWatch } from '../../../../src/engine/networks/watch.ts';
import { createLog } from '../../../../src/log.ts';

const folder = mkdtempSync(join(tmpdir(), 'xdp-networks-watch-'));
after(() => rmSync(folder, { recursive: true }));

describe('the watch of a file of networks', () => {
  const path = join(folder, 'networks');
  let names: string[] = [];
  let lines: string[] = [];
  let reads = 0;
  let watch: NetworksWatch;

  beforeEach(async () => {
    rmSync(path, { force: true });
    writeFileSync(path, 'one: [10.0.0.0/8]\n');
    [names, lines, reads] = [[], [], 0];
    watch = new NetworksWatch(await readNetworks(path), {
      log: createLog(({ level, message }) => lines.push(`${level} ${message}`)),
      apply: (tables) => names.push(tables.names.join()),
      load(file) {
        reads++;
        return readNetworks(file);
      },
    });
  });

  async function look(times = 2): Promise<void> {
    for (let time = 0; time < times; time++) {
      await watch.look();
    }
  }

  it('reads it when it has changed and then stayed as it is, once', async () => {
    await look(3);
    assert.equal(reads, 0);
    writeFileSync(path, 'two: [10.0.0.0/8]\n');
    await look(1);
    writeFileSync(path, 'three: [10.0.0.0/8]\n');
    await look(1);
    assert.equal(reads, 0);
    await look(3);
    assert.deepEqual([names, reads], [['three'], 1]);
    assert.deepEqual(lines, ['info reloaded networks']);
  });

  it('tells that a link leads elsewhere, as in a volume of Kubernetes', async () => {
    for (const version of ['v1', 'v2']) {
      mkdirSync(join(folder, version));
      writeFileSync(join(folder, version, 'networks'), `${version}: [10.0.0.0/8]\n`);
    }
    rmSync(path);
    symlinkSync('data/networks', path);
    for (const version of ['v1', 'v2']) {
      symlinkSync(version, join(folder, 'next'));
      renameSync(join(folder, 'next'), join(folder, 'data'));
      await look(3);
    }
    assert.deepEqual(names, ['v1', 'v2']);
  });

  it('keeps what was, where it is wrong or gone, and says each once', async () => {
    const inForce = [watch.isInForce];
    writeFileSync(path, 'two: [10.0.0.1/8]\n');
    await look(4);
    inForce.push(watch.isInForce);
    rmSync(path);
    await look(4);
    inForce.push(watch.isInForce);
    writeFileSync(path, 'three: [10.0.0.0/8]\n');
    await look(4);
    inForce.push(watch.isInForce);
    assert.deepEqual(inForce, [true, false, false, true]);
    const kept = 'the previous networks stay in force';
    assert.deepEqual(names, ['three']);
    assert.deepEqual(lines, [
      `warn read ${path}:1 "10.0.0.1/8": it has host bits set; write "10.0.0.0/8"; ${kept}`,
      `warn look at file of networks "${path}": no such file; ${kept}`,
      'info reloaded networks',
    ]);
  });

  it('reads it whenever it is asked to, once for all who ask at a time', async () => {
    await watch.reread();
    await Promise.all([watch.reread(), watch.reread()]);
    await look(1);
    assert.deepEqual([names, reads], [['one', 'one'], 2]);
  });
});
