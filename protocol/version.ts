/**
 * The versions of the wire that this program supports, best first; each is one integer. Both sides offer their versions inside
 * the signed transcript; the highest common one is used. The version before the newest keeps working.
 *
 * - 1 (2026-11-21): first light: handshake, orders, blobs, reports, boot highstate.
 *
 * A new optional member needs no new integer: reports of a minion can have members that the master does not know, and an order
 * or catalog says in `needs` which version of Saltern knows all of its members. A new message, a new value of an enumeration
 * and a member that others must obey need one: the same integer for all of one release.
 */
export const SUPPORTED_VERSIONS: readonly number[] = [1]

/**
 * The version of the wire that introduced a message, for messages that version 1 does not have. Keys are the sender and the
 * message type. Links drop a message that the other side does not know. A test requires an entry for each new message.
 */
export const MESSAGES_SINCE: { readonly [message: WireName]: number } = {}

/** The sender of a message, and its type. */
type WireName = `minion/${string}` | `master/${string}`

/** True when a program with this version of the wire knows the message. Pure. */
export function knowsMessage(version: number, message: WireName): boolean {
  return version >= (MESSAGES_SINCE[message] ?? 1)
}

export interface WireChange {
  /** The first version of Saltern with this change; for the last entry, the upcoming release. */
  readonly version: string
  readonly what: string
  /**
   * Optional members added to orders (`order.body.x`, `order.payload.x`) and catalogs (`catalog.states.*.x`): a value that uses
   * one needs this version. `*` means every item of a list.
   */
  readonly adds: readonly string[]
  /** Fingerprints of the changed schemas, as test/protocol/wire-schemas.test.ts prints them. */
  readonly schemas: { readonly [name: string]: string }
}

/** Every change of a schema of the wire, oldest first. A test requires a line here when a schema changes. */
export const WIRE_CHANGES: readonly WireChange[] = [
  {
    version: '0.2.0',
    what: 'unknown members of what a minion reports are ignored; orders and catalogs may say which version they need; a check may be repeated; a minion says the generation of its catalog; a report shows what a program wrote that succeeded',
    adds: ['catalog.checks.*.retries', 'catalog.checks.*.interval'],
    schemas: {
      'handshake/client-hello': '84befe060c35',
      'handshake/server-hello': '3bd0746c5798',
      'handshake/client-proof': '636f883d9e45',
      'handshake/session': '44136ea42177',
      'handshake/denied': 'eb5a22388c61',
      'minion/hello': '0c9e3d7c4e43',
      'minion/accepted': '98de970f53cc',
      'minion/refused': '7b90bd747366',
      'minion/running': 'fff5d71ca067',
      'minion/progress': '5dd919917252',
      'minion/report-offer': 'e575110ec9cf',
      'minion/blob-get': '3e13a7a15e16',
      'minion/blob-chunk': 'f860928d30bf',
      'minion/boot': '1624bfdb4b33',
      'minion/grains': 'cccf43f46aec',
      'minion/pong': '600eafee8901',
      'minion/channel-opened': 'ab975264e6d3',
      'minion/channel-data': '6e116e075fb1',
      'minion/channel-credit': 'ef58dd313f3f',
      'minion/channel-eof': 'c3fcd5f22a3f',
      'minion/channel-ended': 'bdc47a8a7a4a',
      'master/ping': 'ce76b02eef79',
      'master/order': 'e97aad85c63f',
      'master/blob-want': '24b390ba417a',
      'master/blob-chunk': '080453d1cf2d',
      'master/blob-refused': '87d7be6c00a2',
      'master/report-stored': 'e712ec43e26b',
      'master/report-refused': 'db4c5512ef24',
      'master/boot-answer': '55ec78aad247',
      'master/channel-data': '6ea9be475f6e',
      'master/channel-credit': '7fcf20a9f6ea',
      'master/channel-eof': '7406e5dc7518',
      'master/channel-resize': '1347fc4ada8a',
      'master/channel-signal': '1ce260ffe50f',
      'master/channel-close': '37d7fea24806',
      'order/body': 'dff49dcdb5c8',
      'order/payload': 'faa622eba7d4',
      catalog: '4bc564335165',
      report: '9b1396c95ef9',
    },
  },
  {
    version: '0.2.0',
    what: 'an order can remove or forget orphans; a report says of each orphan how it can be removed',
    adds: ['order.payload.orphans'],
    schemas: {
      'order/payload': '5c7dfb78f8db',
      report: '28533d108569',
    },
  },
  {
    version: '0.2.0',
    what: 'a minion says which windows of a stream it takes, and an order to open a session says which one it has',
    adds: ['order.payload.window'],
    schemas: {
      'minion/hello': 'eb12f3e14468',
      'minion/channel-credit': '5918598a1d4a',
      'master/channel-credit': '884c9fde4b20',
      'order/payload': '91c40cf31d00',
    },
  },
]
