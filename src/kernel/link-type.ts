// SPDX-License-Identifier: Apache-2.0
// Where a frame of a device begins: with an Ethernet header, with an IP header, or with something else.

/** The header that an XDP program finds at the beginning of a frame. */
export type LinkLayer = 'ethernet' | 'ip';

/** linux/if_arp.h. */
const ARPHRD_ETHER = 1;
const ARPHRD_LOOPBACK = 772;

/**
 * XDP begins at the MAC header. Of these it has no bytes, so that the frame begins with the IP header within; since
 * Linux 5.14 for all the tunnels, before with the header of the tunnel around it, which is IP as well. GRE without a
 * remote address still begins with the IP header around.
 */
const IP_TYPES: ReadonlySet<number> = new Set([
  512, // PPP
  519, // RAWIP: mobile broadband
  768, // TUNNEL: ipip
  769, // TUNNEL6: ip6tnl
  776, // SIT
  778, // IPGRE
  823, // IP6GRE
  0xfffe, // NONE: tun, WireGuard
]);

/**
 * IPsec gives the frame back with the link layer of the device that it came through (skb_mac_header_rebuild), so
 * that the type says nothing of its beginning.
 */
const VARYING_KINDS: ReadonlySet<string> = new Set(['xfrm', 'vti', 'vti6']);

/** Types that people may well point an exporter at, by the word they know. */
const NAMES: Readonly<Record<number, string>> = {
  [ARPHRD_ETHER]: 'ethernet',
  24: 'ieee1394',
  32: 'infiniband',
  256: 'slip',
  257: 'cslip',
  271: 'x25',
  280: 'can',
  290: 'mctp',
  512: 'ppp',
  513: 'hdlc',
  519: 'rawip',
  768: 'ipip',
  769: 'ip6tnl',
  [ARPHRD_LOOPBACK]: 'loopback',
  776: 'sit',
  778: 'gre',
  779: 'pimreg',
  801: 'ieee80211',
  802: 'ieee80211-prism',
  803: 'ieee80211-radiotap',
  804: 'ieee802154',
  805: 'ieee802154-monitor',
  820: 'phonet',
  822: 'caif',
  823: 'ip6gre',
  824: 'netlink',
  825: '6lowpan',
  826: 'vsockmon',
  65534: 'none',
  65535: 'void',
};

/**
 * What frames of a device begin with; undefined where that is neither Ethernet nor IP, or not known.
 * @param linkType ARPHRD_* of linux/if_arp.h, `Device.linkType`
 * @param kind `Device.kind`: IPsec interfaces have the type of a tunnel but not its frames
 */
export function linkLayerOf(linkType: number, kind?: string): LinkLayer | undefined {
  if (linkType === ARPHRD_ETHER || linkType === ARPHRD_LOOPBACK) {
    return 'ethernet';
  }
  const isVarying = kind !== undefined && VARYING_KINDS.has(kind);
  return IP_TYPES.has(linkType) && !isVarying ? 'ip' : undefined;
}

/** A word for a message, such as "infiniband"; "type 7" where there is none. */
export function linkTypeName(linkType: number): string {
  return NAMES[linkType] ?? `type ${linkType}`;
}
