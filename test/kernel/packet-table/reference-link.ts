// SPDX-License-Identifier: Apache-2.0
// The link layer once more, from the standards: IEEE 802.3 and 802.1Q, RFC 2516 (PPPoE), RFC 3032 (MPLS).
// It peels the frame: what a header encloses is all that the next one can see.

/** What there is to parse as IP, or why there is nothing. */
export type Enclosed =
  | { readonly kind: 'ip'; readonly version: number; readonly packet: Buffer }
  | { readonly kind: 'other'; readonly ethertype: number }
  | { readonly kind: 'truncated' };

export interface LinkFindings {
  /** Of the outermost tag. */
  readonly vlan: number;
  readonly enclosed: Enclosed;
}

const TRUNCATED: Enclosed = { kind: 'truncated' };

/** Customer and service tags of 802.1Q, and the one that QinQ used before there was a standard. */
const TAG_PROTOCOLS: readonly number[] = [0x8100, 0x88a8, 0x9100];
const MOST_TAGS = 3;
const MOST_LABELS = 8;

export function peelEthernet(frame: Buffer): LinkFindings {
  // The addresses of receiver and sender take 6 bytes each.
  return peelTags(frame.subarray(12), []);
}

/** @param rest begins with a type @param ids of the tags outside */
function peelTags(rest: Buffer, ids: readonly number[]): LinkFindings {
  const vlan = ids[0] ?? 0;
  if (rest.length < 2) {
    return { vlan, enclosed: TRUNCATED };
  }
  const type = rest.readUInt16BE();
  if (!TAG_PROTOCOLS.includes(type) || ids.length === MOST_TAGS) {
    return { vlan, enclosed: peelType(type, rest.subarray(2)) };
  }
  // A tag that no type follows is half a tag, and its VLAN is not believed.
  return rest.length < 6
    ? { vlan, enclosed: TRUNCATED }
    : peelTags(rest.subarray(4), [...ids, rest.readUInt16BE(2) % 4096]);
}

function peelType(type: number, content: Buffer): Enclosed {
  switch (type) {
    case 0x0800:
      return { kind: 'ip', version: 4, packet: content };
    case 0x86dd:
      return { kind: 'ip', version: 6, packet: content };
    case 0x8864:
      return peelPppoe(content) ?? { kind: 'other', ethertype: type };
    case 0x8847:
    case 0x8848:
      return peelLabels(content) ?? { kind: 'other', ethertype: type };
    default:
      // IEEE 802.3, 3.2.6: up to 1500 a length, from 1536 a type, between them nothing.
      return { kind: 'other', ethertype: type < 1536 ? 0 : type };
  }
}

/** RFC 2516, 4: VER and TYPE are 1, CODE is 0 in a session, LENGTH is that of the PPP payload. */
function peelPppoe(content: Buffer): Enclosed | undefined {
  if (content.length < 6) {
    return TRUNCATED;
  }
  if (content.toString('hex', 0, 2) !== '1100') {
    return undefined;
  }
  const length = content.readUInt16BE(4);
  const payload = content.subarray(6, 6 + length);
  if (payload.length < length || payload.length < 2) {
    return TRUNCATED;
  }
  const version = new Map([
    [0x0021, 4],
    [0x0057, 6],
  ]).get(payload.readUInt16BE());
  return version === undefined ? undefined : { kind: 'ip', version, packet: payload.subarray(2) };
}

/** RFC 3032, 2.1: of the 32 bits of an entry, the 24th says that it is the last. */
function peelLabels(content: Buffer): Enclosed | undefined {
  for (let label = 0; label < MOST_LABELS; label++) {
    const entry = content.subarray(4 * label, 4 * label + 4);
    if (entry.length < 4) {
      return TRUNCATED;
    }
    if (entry.readUInt8(2) % 2 === 1) {
      return peelBottom(content.subarray(4 * label + 4));
    }
  }
  return undefined;
}

function peelBottom(packet: Buffer): Enclosed | undefined {
  const first = packet[0];
  if (first === undefined) {
    return TRUNCATED;
  }
  const version = Math.floor(first / 16);
  return version === 4 || version === 6 ? { kind: 'ip', version, packet } : undefined;
}
