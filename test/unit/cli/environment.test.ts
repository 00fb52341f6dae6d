// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defaultOf, variableOf } from '../../../src/cli/environment.ts';
import * as flags from '../../../src/cli/flags.ts';
import { ConfigError } from '../../../src/errors.ts';

const LIST = { kind: 'list', describe: 'a list' } as const;
const TEXT = { kind: 'text', describe: 'a text', default: 'auto' } as const;
const SWITCH = { kind: 'switch', describe: 'a switch', default: true } as const;

describe('variableOf', () => {
  it('names the variable of a flag', () => {
    assert.equal(variableOf('device'), 'XDP_EXPORTER_DEVICE');
    assert.equal(variableOf('web.listen-address'), 'XDP_EXPORTER_WEB_LISTEN_ADDRESS');
  });

  it('gives no two flags the same variable', () => {
    const groups = Object.values(flags).map((group) => Object.keys(group));
    const names = [...new Set(groups.flat())];
    assert.ok(names.length > 10);
    assert.equal(new Set(names.map(variableOf)).size, names.length);
  });
});

describe('defaultOf', () => {
  it("is the flag's own default without the variable", () => {
    assert.equal(defaultOf('xdp-mode', TEXT, {}), 'auto');
    assert.equal(defaultOf('device', LIST, { XDP_EXPORTER_DEVICES: 'eth0' }), undefined);
    assert.equal(defaultOf('strict', SWITCH, {}), true);
  });

  it('is the text of the variable, also where that is empty', () => {
    assert.equal(defaultOf('xdp-mode', TEXT, { XDP_EXPORTER_XDP_MODE: 'native' }), 'native');
    assert.equal(defaultOf('xdp-mode', TEXT, { XDP_EXPORTER_XDP_MODE: '' }), '');
  });

  it('splits a list at its commas', () => {
    const list = (value: string) => defaultOf('device', LIST, { XDP_EXPORTER_DEVICE: value });
    assert.deepEqual(list('eth0'), ['eth0']);
    assert.deepEqual(list('eth0, veth*,lo '), ['eth0', 'veth*', 'lo']);
  });

  for (const [value, isOn] of [
    ['true', true],
    ['1', true],
    ['false', false],
    ['0', false],
  ] as const) {
    it(`reads "${value}" as ${isOn}`, () => {
      assert.equal(defaultOf('strict', SWITCH, { XDP_EXPORTER_STRICT: value }), isOn);
    });
  }

  for (const value of ['yes', 'TRUE', '', '2', 'on']) {
    it(`refuses "${value}" for a switch, by the name of the variable`, () => {
      assert.throws(
        () => defaultOf('strict', SWITCH, { XDP_EXPORTER_STRICT: value }),
        (error) =>
          error instanceof ConfigError &&
          error.message === `read XDP_EXPORTER_STRICT "${value}": not one of true, false, 1, 0`,
      );
    });
  }
});
