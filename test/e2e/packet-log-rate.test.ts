// SPDX-License-Identifier: Apache-2.0
// `xdp-exporter log` keeps up with 200,000 packets a second into a file.
import assert from 'node:assert/strict';
import { closeSync, createReadStream, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';
import { startGenerator } from '../../src/demo/generator-process.ts';
import type { Lab } from '../../src/demo/lab.ts';
import { skipUnlessRoot } from '../kernel/support/root.ts';
import { createOpenLab } from './support/lab.ts';
import { startLog } from './support/packet-log.ts';

/** The claim is of half a minute: XDP_LOG_SECONDS=30. */
const SECONDS = Number(process.env['XDP_LOG_SECONDS'] ?? 4);

/** How many lines there are, and the first of those that are not as they should be. */
async function readLines(file: string, expected: RegExp) {
  const odd: string[] = [];
  let lines = 0;
  for await (const line of createInterface({ input: createReadStream(file) })) {
    lines++;
    if (odd.length < 3 && !expected.test(line)) {
      odd.push(line);
    }
  }
  return { lines, odd };
}

describe('log at line rate', { skip: skipUnlessRoot }, () => {
  let lab: Lab;
  let folder: string;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'xdp-log-rate-'));
    lab = await createOpenLab('lograte');
  });
  after(async () => {
    await lab?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test(`prints each of 200,000 packets a second into a file for ${SECONDS} s`, async () => {
    const file = join(folder, 'packets.log');
    const output = openSync(file, 'w');
    const log = await startLog(lab, [], output);
    try {
      const mix = [{ family: 4, protocol: 'udp', length: 100 }] as const;
      const load = { ...lab.tx, durationSeconds: SECONDS, rate: 200_000, mix };
      const { sent } = await startGenerator(load).done;
      assert.ok(sent > 190_000 * SECONDS, `${sent} sent`);
      const { account } = await log.stop();
      assert.deepEqual(account, {
        seen: sent,
        printed: sent,
        filtered_out: 0,
        not_printed: 0,
        sampled_out: 0,
        lost_in_kernel: 0,
      });
      const line =
        /^\S+T\S+\.\d{6}Z demo0 +[01] pass +192\.0\.2\.1:\d+ +198\.18\.0\.1:9 +udp +100$/;
      assert.deepEqual(await readLines(file, line), { lines: sent, odd: [] });
    } finally {
      log.kill();
      closeSync(output);
    }
  });
});
