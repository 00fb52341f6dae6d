// SPDX-License-Identifier: Apache-2.0
// Every case of the packet table.
import { EXTENSION_CASES } from './extension-cases.ts';
import { IPV4_CASES } from './ipv4-cases.ts';
import { IPV6_CASES } from './ipv6-cases.ts';
import { LINK_CASES } from './link-cases.ts';
import type { PacketCase } from './packet-case.ts';
import { TRUNCATION_CASES } from './truncation-cases.ts';

/** Frames that fit one buffer. */
export const PACKET_TABLE: readonly PacketCase[] = [
  ...LINK_CASES,
  ...IPV4_CASES,
  ...IPV6_CASES,
  ...EXTENSION_CASES,
  ...TRUNCATION_CASES,
];
