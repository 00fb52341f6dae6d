// SPDX-License-Identifier: Apache-2.0
// The recording of a terminal that the README shows, made of what the product really prints.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { before, describe, test } from 'node:test';
import { skipUnlessRoot } from '../kernel/support/root.ts';
import { drawRecording } from './support/recording/draw.ts';
import { type Recording, recordFlood, SIZE } from './support/recording/record.ts';

/** Where to write the recording for the README; it is drawn and looked through all the same. */
const RECORDING = process.env['XDP_RECORDING'];
/** Of the flood. */
const SECONDS = Number(process.env['XDP_RECORDING_SECONDS'] ?? 4);
/** The port of the documents for a recording that is kept. */
const ADDRESS = RECORDING === undefined ? '127.0.0.1:0' : '127.0.0.1:10390';

describe('the recording', { skip: skipUnlessRoot }, () => {
  let recording: Recording;
  let screens: readonly string[];

  before(async () => {
    recording = await recordFlood(ADDRESS, SECONDS);
    screens = recording.frames.map(({ capture }) => capture.replace(/\p{Cc}\[[\d;]*m/gu, ''));
  });

  test('has counters that rise', () => {
    const counters = screens.flatMap((screen) =>
      [...screen.matchAll(/^xdp_packets_total\{.*action="pass".*\} (\d+)$/gm)].map(([, packets]) =>
        Number(packets),
      ),
    );
    const [first = Number.NaN] = counters;
    assert.ok((counters.at(-1) ?? 0) > first, counters.join(', '));
  });

  test('has screens of top, one after the other', () => {
    const tops = screens.filter((screen) => screen.includes('▸ demo0'));
    assert.ok(tops.length >= SECONDS / 2, `${tops.length} screens`);
    const times = tops.map((screen) => /(\d\d:\d\d:\d\d)Z/.exec(screen)?.[1] ?? '');
    assert.deepEqual(times, times.toSorted());
    const still = screens[recording.still] ?? '';
    assert.match(still, /^SOURCE/m);
    assert.match(still, /^▸ demo0 +native +[1-9][\d.]*K? /m);
  });

  test('has lines of packets of the flood', () => {
    assert.ok(screens.some((screen) => screen.match(/ pass .*:53 +udp /g)?.length === 8));
  });

  test('is drawn small enough for a page', () => {
    const drawn = drawRecording(recording.frames, {
      ...SIZE,
      still: recording.still,
      title: 'xdp-exporter in a terminal',
      description:
        'A flood begins in the demo. The screen of top shows packets per second, actions, protocols, CPUs, sources and ports as they change; then log prints a line for each of eight packets, and the counters of Prometheus have risen.',
    });
    assert.ok(drawn.length < 300_000, `${drawn.length} bytes`);
    if (RECORDING !== undefined) {
      writeFileSync(RECORDING, drawn);
    }
  });
});
