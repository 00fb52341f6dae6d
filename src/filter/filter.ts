// SPDX-License-Identifier: Apache-2.0
// What a filter asks of a packet, as the parser makes it and `compile` takes it.
import type { ACTIONS, FAMILIES } from '../snapshot/packet-class.ts';

/** Which of the two addresses or ports must match: that one, one of them, or each of them. */
export type Direction = 'source' | 'destination' | 'either' | 'both';

export type IpFamily = Exclude<(typeof FAMILIES)[number], 'other'>;

/** What a packet must be, as plain data: JSON holds it unchanged. */
export type Filter =
  | { readonly kind: 'and' | 'or'; readonly of: readonly Filter[] }
  | { readonly kind: 'not'; readonly of: Filter }
  | { readonly kind: 'family'; readonly family: IpFamily }
  | { readonly kind: 'ethertype'; readonly ethertype: number }
  | { readonly kind: 'protocol'; readonly protocol: number; readonly family?: IpFamily }
  | {
      readonly kind: 'address';
      readonly direction: Direction;
      readonly family: IpFamily;
      readonly address: string;
      /** Leading bits that must be those of `address`. */
      readonly prefix: number;
    }
  | {
      readonly kind: 'port';
      readonly direction: Direction;
      readonly first: number;
      readonly last: number;
      readonly protocol?: number;
    }
  /** Bits of the TCP header's flags byte, all of which must be set. */
  | { readonly kind: 'flags'; readonly mask: number }
  /** Without an id: any tag. */
  | { readonly kind: 'vlan'; readonly id?: number }
  | { readonly kind: 'action'; readonly action: (typeof ACTIONS)[number] }
  | { readonly kind: 'device'; readonly name: string }
  | { readonly kind: 'cpu'; readonly cpu: number }
  /** In bytes. */
  | { readonly kind: 'length'; readonly least: number; readonly most: number }
  | { readonly kind: 'malformed' };
