// SPDX-License-Identifier: Apache-2.0
// Every case of the packet table.
import { ADDRESS_CASES } from './address-cases.ts';
import { EXTENSION_CASES } from './extension-cases.ts';
import { IPV4_CASES } from './ipv4-cases.ts';
import { IPV6_CASES } from './ipv6-cases.ts';
import { JUMBO_CASES } from './jumbo-cases.ts';
import { LINK_CASES } from './link-cases.ts';
import { MPLS_CASES } from './mpls-cases.ts';
import type { PacketCase } from './packet-case.ts';
import { PPPOE_CASES } from './pppoe-cases.ts';
import { RAW_IP_CASES, RAW_JUMBO_CASES } from './raw-ip-cases.ts';
import { TCP_CASES } from './tcp-cases.ts';
import { TRUNCATION_CASES } from './truncation-cases.ts';
import { VLAN_CASES } from './vlan-cases.ts';

/** Frames that fit one buffer. */
export const PACKET_TABLE: readonly PacketCase[] = [
  ...LINK_CASES,
  ...VLAN_CASES,
  ...PPPOE_CASES,
  ...MPLS_CASES,
  ...ADDRESS_CASES,
  ...IPV4_CASES,
  ...IPV6_CASES,
  ...EXTENSION_CASES,
  ...TCP_CASES,
  ...TRUNCATION_CASES,
  ...RAW_IP_CASES,
];

/** Frames of several buffers. */
export const JUMBO_TABLE: readonly PacketCase[] = [...JUMBO_CASES, ...RAW_JUMBO_CASES];
