import { type Announcement, type ForeignRouter, longPath } from './bgp-peers.ts'

/** The router under test, and its neighbours on the LAN. */
export const ROUTER: ForeignRouter = { asn: 215011, v4: '193.42.0.1', v6: '2001:7f8:42::1' }
export const PEER: ForeignRouter = { asn: 8283, v4: '193.42.0.2', v6: '2001:7f8:42::2' }
export const GOBGP: ForeignRouter = { asn: 199036, v4: '193.42.0.3', v6: '2001:7f8:42::3' }
/** The AS of a third party. */
export const OTHER = 1103
export const PEER_PASSWORD = 'canary-md5-peer-91b3'
export const GOBGP_PASSWORD = 'canary-md5-gobgp-55d0'

const { asn } = PEER
/** Announcements of the foreign BIRD, most of them invalid. */
export const SAID: readonly Announcement[] = [
  { prefix: '185.1.0.0/22', path: [asn] },
  { prefix: '185.1.4.0/22', path: [asn, OTHER] },
  { prefix: '185.1.28.0/22', path: [asn], community: '65535,0' },
  { prefix: '185.1.32.0/22', path: [asn], large: `${ROUTER.asn},0,103` },
  { prefix: '185.1.24.0/22', path: longPath(asn) },
  { prefix: '185.1.20.0/22', path: [asn, 65001] },
  { prefix: '193.0.24.0/24', path: [asn] },
  { prefix: '10.1.0.0/16', path: [asn] },
  { prefix: '0.0.0.0/0', path: [asn] },
  { prefix: '185.1.0.0/25', path: [asn] },
  { prefix: '185.1.8.0/22', path: [asn] },
  { prefix: '185.1.12.0/22', path: [OTHER, asn] },
  { prefix: '185.1.16.0/22', path: [asn, 3356] },
  { prefix: '185.2.0.0/22', path: [asn] },
  { prefix: '2a00:1::/32', path: [asn] },
  { prefix: '2a00:2::/32', path: [asn, OTHER] },
  { prefix: '2a00:2:6::/48', path: longPath(asn) },
  { prefix: '2a00:2:5::/48', path: [asn, 65001] },
  { prefix: '2a06:de00:50::/48', path: [asn] },
  { prefix: 'fc00:1::/32', path: [asn] },
  { prefix: '::/0', path: [asn] },
  { prefix: '2a00:2:2::/64', path: [asn] },
  { prefix: '2a00:2:1::/48', path: [asn] },
  { prefix: '2a00:2:3::/48', path: [OTHER, asn] },
  { prefix: '2a00:2:4::/48', path: [asn, 3356] },
  { prefix: '2a00:3::/32', path: [asn] },
]
/** Data served by the validator. */
export const ROAS = [
  { prefix: '185.1.0.0/22', maxLength: 24, asn },
  { prefix: '185.1.8.0/22', maxLength: 24, asn: OTHER },
  { prefix: '2a00:1::/32', maxLength: 48, asn },
]

/** Maps each prefix to the reason number with which a router refuses it; roles/bird/README.md lists the numbers. */
export const REFUSED = {
  '185.1.24.0/22': '1',
  '185.1.20.0/22': '2',
  '193.0.24.0/24': '3',
  '10.1.0.0/16': '4',
  '0.0.0.0/0': '4',
  '185.1.0.0/25': '5',
  '185.1.8.0/22': '6',
  '185.1.12.0/22': '7',
  '185.1.16.0/22': '8',
  '185.2.0.0/22': '9',
  '2a00:2:6::/48': '1',
  '2a00:2:5::/48': '2',
  '2a06:de00:50::/48': '3',
  'fc00:1::/32': '4',
  '::/0': '4',
  '2a00:2:2::/64': '5',
  '2a00:2:1::/48': '6',
  '2a00:2:3::/48': '7',
  '2a00:2:4::/48': '8',
  '2a00:3::/32': '9',
}
