// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { linkLayerOf, linkTypeName } from '../../../src/kernel/link-type.ts';

describe('linkLayerOf', () => {
  it('finds Ethernet on Ethernet and loopback devices', () => {
    assert.deepEqual(
      [1, 772].map((type) => linkLayerOf(type)),
      ['ethernet', 'ethernet'],
    );
  });

  it('finds IP on devices that have no header of their own', () => {
    const types = [512, 519, 768, 769, 776, 778, 823, 65534];
    assert.deepEqual(new Set(types.map((type) => linkLayerOf(type))), new Set(['ip']));
    assert.equal(linkLayerOf(65534, 'wireguard'), 'ip');
  });

  it('does not tell of IPsec interfaces, whatever type they have', () => {
    assert.equal(linkLayerOf(65534, 'xfrm'), undefined);
    assert.equal(linkLayerOf(768, 'vti'), undefined);
    assert.equal(linkLayerOf(769, 'vti6'), undefined);
  });

  it('does not tell of types whose frames are neither', () => {
    // In if_arp.h: FireWire, InfiniBand, CAN, Wi-Fi with and without its radio header, 802.15.4, netlink, 6LoWPAN.
    for (const type of [24, 32, 280, 801, 803, 804, 824, 825]) {
      assert.equal(linkLayerOf(type), undefined, `type ${type}`);
    }
  });

  it('knows few types: most numbers mean nothing', () => {
    const types = Array.from({ length: 0x1_0000 }, (_, type) => linkLayerOf(type));
    assert.ok(types.filter((layer) => layer !== undefined).length < 16);
  });
});

describe('linkTypeName', () => {
  it('has a word for the types that people know, and a number for others', () => {
    assert.deepEqual([32, 280, 804, 65534, 7].map(linkTypeName), [
      'infiniband',
      'can',
      'ieee802154',
      'none',
      'type 7',
    ]);
  });
});
