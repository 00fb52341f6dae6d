// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatDevices, formatJson, requireDevices } from '../../../src/cli/device-list.ts';
import { optionsOf } from '../engine/engine-options.ts';

describe('formatDevices', () => {
  it('shows name, driver, modes and occupant in columns', () => {
    const table = formatDevices([
      { name: 'lo', driver: '-', native: false },
      { name: 'eth0', driver: 'virtio_net', native: true, occupant: 'katran (id 7)' },
      { name: 'veth12345678ab', driver: 'veth' },
    ]);
    const [header = '', ...rows] = table.split('\n');
    const starts = ['DEVICE', 'DRIVER', 'XDP MODES', 'ATTACHED'].map((title) =>
      header.indexOf(title),
    );
    const cells = rows.map((row) =>
      starts.map((start, column) => row.slice(start, starts[column + 1]).trimEnd()),
    );
    assert.deepEqual(cells, [
      ['lo', '-', 'generic', '-'],
      ['eth0', 'virtio_net', 'native,generic', 'katran (id 7)'],
      ['veth12345678ab', 'veth', 'generic,native?', '-'],
    ]);
  });

  it('keeps the columns apart, however long a driver calls itself', () => {
    const devices = [
      { name: 'eth0.100', driver: '802.1Q VLAN Support', native: false },
      { name: 'fifteen-letters', driver: 'a-driver-of-thirty-one-letters_', native: true },
    ];
    const rows = formatDevices(devices).split('\n').slice(1);
    assert.match(rows[0] ?? '', /^eth0\.100 +802\.1Q VLAN Support +generic +-$/);
    assert.match(rows[1] ?? '', /letters +a-driver-of-thirty-one-letters_ +native,generic +-$/);
  });

  it('lets no name control the terminal or forge a line', () => {
    const hostile = { name: '\u001b[2J\u009bm\u0007\nlo', driver: '\u001b]0;x', native: true };
    const table = formatDevices([hostile]);
    assert.equal(table.split('\n').length, 2);
    assert.match(table.replaceAll('\n', ''), /^[\x20-\x7e]*$/);
  });

  it('shows the header where there are no devices', () => {
    assert.match(formatDevices([]), /^DEVICE +DRIVER +XDP MODES +ATTACHED$/);
  });
});

describe('formatJson', () => {
  it('writes an object a line, with null for what is unknown or not there', () => {
    const text = formatJson([
      { netns: 'blue', name: 'eth0', driver: 'veth', native: true, occupant: 'katran (id 7)' },
      { name: 'lo', driver: '-' },
    ]);
    assert.deepEqual(
      text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
      [
        { netns: 'blue', device: 'eth0', driver: 'veth', native: true, occupant: 'katran (id 7)' },
        { device: 'lo', driver: null, native: null, occupant: null },
      ],
    );
  });

  it('lets no name forge a line', () => {
    const text = formatJson([{ name: 'a\nb', driver: '\u001b[2J' }]);
    assert.match(text, /^[\x20-\x7e]*\n$/);
  });

  it('is empty where there are no devices', () => {
    assert.equal(formatJson([]), '');
  });
});

describe('requireDevices', () => {
  it('is content where a device or the default route was chosen', () => {
    requireDevices(optionsOf({ include: ['eth0'] }));
    requireDevices(optionsOf({ defaultRoute: true }));
  });
});
