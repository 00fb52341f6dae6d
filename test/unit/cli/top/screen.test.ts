// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { drawScene } from './drawn.ts';

const SMALL = { columns: 80, rows: 24 };
const LARGE = { columns: 200, rows: 50 };

/** The line that begins so. */
function lineOf(lines: readonly string[], start: string): string {
  return (
    lines.find((line) => line.startsWith(start)) ??
    assert.fail(`no line "${start}":\n${lines.join('\n')}`)
  );
}

describe('drawScreen', () => {
  it('names the attacker in the first row of the sources, with its rate and share', () => {
    const lines = drawScene(SMALL);
    const heading = lines.findIndex((line) => line.startsWith('SOURCE'));
    assert.match(lines[heading + 1] ?? '', /^203\.0\.113\.66 +500K +400M +8\d\.\d% █/);
  });

  it('shows a device a line: its state, rates, and actions by share', () => {
    const lines = drawScene(SMALL);
    assert.match(
      lineOf(lines, '▸ eth0'),
      /observes xdp_filter +603K +482M {2}drop 99\.5% pass 0\.5%/,
    );
    assert.match(lineOf(lines, '  lo'), /native +25 +20\.0K {2}pass 100\.0%/);
    assert.match(lineOf(lines, '  eth1'), /down: occupied +0 +0 *$/);
  });

  it('draws the last minute, and leaves out what nobody saw of it', () => {
    assert.match(lineOf(drawScene(SMALL), 'LAST 60 S'), /^LAST 60 S {16}▂{30}█{15} max {2}603K$/);
  });

  it('says what came at once at the most, and what the program costs', () => {
    assert.match(
      lineOf(drawScene(SMALL), 'PEAKS'),
      /^PEAKS {3}20\.0K in 10 ms \(2\.00M\/s\) {2}700K in 1 s \(700K\/s\) {2}PROGRAM 47 ns a packet *$/,
    );
    const quiet = drawScene(SMALL, { view: { selected: '\0lo' } });
    assert.ok(!quiet.some((line) => line.startsWith('PEAKS')));
  });

  it('shows flags of TCP and queues where there is room, and at a key on a small screen', () => {
    const large = drawScene(LARGE);
    assert.ok(large.some((line) => /^ACTION .*PROTOCOL .*TCP FLAG .*SIZE /.test(line)));
    assert.ok(large.some((line) => /QUEUE /.test(line)));
    assert.ok(large.some((line) => /syn +\S+K +50\.0%/.test(line)));
    const small = drawScene(SMALL).join('\n');
    assert.match(small, /^TCP FLAG/m);
    assert.doesNotMatch(small, /QUEUE/);
    assert.match(drawScene(SMALL, { view: { table: 4 } }).join('\n'), /^QUEUE/m);
  });

  it('says what became of the records, and that lists are estimates where sampling left some out', () => {
    assert.match(
      lineOf(drawScene(SMALL), 'RECORDS'),
      /^RECORDS read 98\.3% {2}1 in 1\.02: lists, queues estimated {2}lost 0\.0% \(3 in all\) *$/,
    );
    assert.match(
      lineOf(drawScene(SMALL, { scene: { sampledOut: 0 } }), 'RECORDS'),
      /^RECORDS read 100\.0% {2}lost 0\.0% \(3 in all\) *$/,
    );
  });

  it('shows how uneven the CPUs are', () => {
    const lines = drawScene(SMALL);
    assert.match(lineOf(lines, 'CPU'), /^CPU {2}2 online, skew 2\.0: CPU 1 has 602K packets\/s/);
    assert.match(lineOf(lines, '   0 '), /^ {3}0 +1\.00K +1 █+ +602K$/);
  });

  it('shows every one of 256 CPUs, also on a small screen', () => {
    for (const size of [SMALL, LARGE]) {
      const lines = drawScene(size, { scene: { cpuCount: 256 } });
      const rows = lines.filter((line) => /^ +\d+ [·▁▂▃▄▅▆▇█]+ *$/.test(line));
      const columns = rows.map((line) => line.trim().split(' ')[1]?.length ?? 0);
      assert.equal(
        columns.reduce((sum, count) => sum + count, 0),
        256,
      );
      assert.match(rows[0] ?? '', /^ {3}0 ▁█▁/);
    }
  });

  it('shows the details of the device that is selected', () => {
    const lines = drawScene(SMALL, { view: { selected: '\0lo' } });
    assert.ok(lineOf(lines, '▸ lo'));
    assert.match(lineOf(lines, 'RECORDS'), /the logger is off/);
    assert.ok(!lines.some((line) => line.startsWith('SOURCE')));
  });

  it('sorts devices and rows by what the view says', () => {
    const devices = drawScene(SMALL, { view: { sort: 'name' } })
      .slice(2, 5)
      .map((line) => line.slice(2, 6).trim());
    assert.deepEqual(devices, ['eth0', 'eth1', 'lo']);
    const sources = drawScene(LARGE, { view: { sort: 'name' } });
    const heading = sources.findIndex((line) => line.startsWith('SOURCE'));
    assert.match(sources[heading + 1] ?? '', /^192\.0\.2\.1 /);
    assert.match(sources[heading + 13] ?? '', /^other /);
  });

  it('shows bytes where they are asked for', () => {
    const lines = drawScene(SMALL, { view: { unit: 'bytes' } });
    assert.match(lineOf(lines, 'ACTION'), /BYTES\/S/);
    assert.match(lineOf(lines, '▸ eth0'), / 603K +60\.3M /);
  });

  it('says that it is paused, and which keys there are', () => {
    const lines = drawScene(SMALL, { view: { isPaused: true } });
    assert.match(lines[0] ?? '', /PAUSED {2}every 1 s {2}\d\d:\d\d:\d\dZ$/);
    assert.match(
      lines[23] ?? '',
      /^ q quit {2}d device {2}s sort: packets {2}u bits {2}l list {2}t table {2}p resume {2}h help/,
    );
    assert.match(drawScene(SMALL, { view: { showsHelp: true } }).join('\n'), /q ctrl-c +Quit/);
  });

  it('draws with ASCII alone where the locale knows no more', () => {
    const text = drawScene(LARGE, { locale: 'C', scene: { cpuCount: 256 } }).join('');
    assert.match(text, /^[\x20-\x7e]*$/);
  });

  it('lets no name control the terminal, forge a line or move a column', () => {
    const name = '\u001b[2J\u009b31m\r\n\u202eetc';
    const plain = drawScene(LARGE, { locale: 'C' });
    const hostile = drawScene(LARGE, { locale: 'C', scene: { name, program: name } });
    assert.match(hostile.join(''), /^[\x20-\x7e]*$/);
    assert.equal(hostile.length, plain.length);
    const rates = (lines: readonly string[]) => lines[2]?.indexOf('603K');
    assert.equal(rates(hostile), rates(plain));
  });

  it('fills a screen of any size exactly', () => {
    const shapes = fc.record({
      columns: fc.integer({ min: 1, max: 300 }),
      rows: fc.integer({ min: 1, max: 100 }),
      cpuCount: fc.constantFrom(1, 2, 17, 256),
      showsHelp: fc.constantFrom(true, false),
    });
    fc.assert(
      fc.property(shapes, ({ columns, rows, cpuCount, showsHelp }) => {
        const lines = drawScene({ columns, rows }, { scene: { cpuCount }, view: { showsHelp } });
        assert.equal(lines.length, rows);
        assert.ok(lines.every((line) => line.length === columns));
      }),
      { numRuns: 50 },
    );
  });
});
