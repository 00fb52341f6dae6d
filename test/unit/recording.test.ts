// SPDX-License-Identifier: Apache-2.0
// The recording for the README: what a terminal shows becomes a picture that moves and asks for nothing.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readCapture } from '../e2e/support/recording/captured-lines.ts';
import { drawRecording, type Frame } from '../e2e/support/recording/draw.ts';

const ESC = String.fromCharCode(27);
const KEPT = fileURLToPath(new URL('../../../docs/terminal.svg', import.meta.url));
const OPTIONS = { columns: 20, rows: 2, still: 1, title: 'a title', description: 'what it shows' };

/** Complains where it is no XML. */
function parse(svg: string): string {
  const script = 'import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.stdin.buffer)';
  return spawnSync('/usr/bin/python3', ['-c', script], { input: svg, encoding: 'utf8' }).stderr;
}

const frame = (capture: string, durationMs = 1000): Frame => ({ capture, durationMs });

describe('a captured screen', () => {
  test('is read as pieces with their columns, and the look goes on over lines', () => {
    const capture = `a ${ESC}[1m${ESC}[36mb${ESC}[0;2mc\nd${ESC}[39me${ESC}[7mf`;
    assert.deepEqual(readCapture(capture), [
      [
        { column: 0, text: 'a ', looks: [] },
        { column: 2, text: 'b', looks: ['bold', 'cyan'] },
        { column: 3, text: 'c', looks: ['dim'] },
      ],
      [
        { column: 0, text: 'd', looks: ['dim'] },
        { column: 1, text: 'e', looks: ['dim'] },
        { column: 2, text: 'f', looks: ['dim', 'inverse'] },
      ],
    ]);
  });

  test('is refused where it has a code that nobody knows', () => {
    assert.throws(() => readCapture(`${ESC}[5mx`), /no look for the code "5"/);
  });
});

describe('a recording', () => {
  test('shows each screen in its time, and one of them where nothing is to move', () => {
    const svg = drawRecording([frame('one'), frame('two', 3000), frame('one', 4000)], OPTIONS);
    assert.match(
      svg,
      /@keyframes play\{0%\{transform:translateY\(-0px\)\}12.5%\{transform:translateY\(-34px\)\}50%\{transform:translateY\(-68px\)\}\}/,
    );
    assert.match(svg, /\.strip\{transform:translateY\(-34px\)\}/);
    assert.match(
      svg,
      /prefers-reduced-motion:no-preference\)\{\.strip\{animation:play 8s step-end/,
    );
  });

  test('keeps a line that many screens have once, and words where they stood', () => {
    const svg = drawRecording([frame('one  <b>&'), frame('one  <b>&')], OPTIONS);
    assert.equal(svg.match(/>one</g)?.length, 1);
    assert.equal(svg.match(/<use href="#l0"/g)?.length, 2);
    assert.match(svg, /<text x="40" y="13" textLength="32">&lt;b>&amp;<\/text>/);
    assert.equal(parse(svg), '');
  });

  test('draws bars and columns as shapes', () => {
    const svg = drawRecording([frame(`${ESC}[32m██▌ ▄`)], { ...OPTIONS, still: 0 });
    assert.match(svg, /<path class="green" d="M0 2h16v13h-16zM16 2h4v13h-4zM32 8.5h8v8.5h-8z"\/>/);
    assert.doesNotMatch(svg, /<text/);
  });
});

describe('the recording that the README shows', () => {
  const svg = readFileSync(KEPT, 'utf8');

  test('is XML with a title and a description, and small', () => {
    assert.equal(parse(svg), '');
    assert.match(svg, /<title id="title">[^<]+<\/title>\s*<desc id="description">[^<]+<\/desc>/);
    assert.ok(svg.length < 300_000, `${svg.length} bytes`);
  });

  test('runs nothing and asks for nothing', () => {
    assert.doesNotMatch(
      svg,
      /<script|<foreignObject|<image|<a[ >]|\son\w+=|@import|@font-face|url\(/i,
    );
    for (const [, target = ''] of svg.matchAll(/href="([^"]*)"/g)) {
      assert.match(target, /^#l\d+$/);
    }
    assert.deepEqual(svg.match(/https?:\/\/[^"< ]+/g)?.filter(isForeign), []);
  });

  test('shows top in a flood, lines of log and counters', () => {
    for (const text of ['xdp-exporter top ', 'xdp-exporter log ', 'xdp_packets_total', 'SOURCE']) {
      assert.ok(svg.includes(text), text);
    }
  });
});

/** Neither the name of SVG itself nor the address that the recording types. */
function isForeign(url: string): boolean {
  return !url.startsWith('http://www.w3.org/2000/svg') && !url.startsWith('http://127.0.0.1:');
}
