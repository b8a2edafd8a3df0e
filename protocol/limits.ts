/** All limits of the wire for sizes, counts and times, in one place. Sizes are in bytes, times in milliseconds. */
export const LIMITS = {
  /** One websocket message. */
  frameBytes: 64 * 1024,
  /** One websocket message before the peer has authenticated; a larger one closes the socket. */
  unprovenFrameBytes: 4 * 1024,
  /** Values and map keys of one decoded message, and its nesting depth: a limit on bytes alone does not limit memory. */
  messageNodes: 16_384,
  messageDepth: 32,
  /** The same for the first answer on a stream of the API, which names every minion of a target. */
  streamAnswerNodes: 1_048_576,
  /** The same for JSON: a report, and a request to the API. */
  reportNodes: 1_000_000,
  requestNodes: 262_144,
  jsonDepth: 64,
  /** Data of one chunk of a blob. */
  chunkBytes: 48 * 1024,
  /** A report; the minion truncates a larger one. The limit of the master is configurable. */
  reportBytes: 8 * 1024 * 1024,
  /** All exports of one minion, as JSON. */
  exportsBytes: 1024 * 1024,
  /** A catalog or box, which is assembled in memory. */
  blobBytes: 64 * 1024 * 1024,
  /** A file of a role, which goes from disk to disk. */
  fileBytes: 1024 ** 3,
  /** A larger file of a role is never held in memory or in the database. */
  heldFileBytes: 256 * 1024,
  /** Total of sockets that have connected but not authenticated; half of them are reserved for known sources. */
  halfOpenSockets: 200,
  /** The same per network (/24 of IPv4, /64 of IPv6), for unknown sources. */
  networkHalfOpenSockets: 50,
  /** New connections from one unknown source: bucket size and refill per second. */
  connectionsBurst: 60,
  connectionsPerSecond: 20,
  /** The same for all sources of one network. */
  networkBurst: 300,
  networkPerSecond: 100,
  /** From the connection to the first received byte. */
  firstByteMs: 2_000,
  /** Runs listed in a minion's hello: active ones first, then the newest reports. */
  knownRuns: 1000,
  /** Highest generation that a minion may report: far above any real one, and low enough to leave room above it. */
  generation: 2 ** 48,
  /** From the connection to the end of the handshake. */
  handshakeMs: 5_000,
  /** Interval between heartbeats; a peer that misses two is dead. */
  heartbeatMs: 5_000,
  /** Lifetime of an order after it was signed. */
  orderLifetimeMs: 5 * 60_000,
  /** Reconnect delays: the first is below `base`, later ones below `base * 2^attempt`, never above `cap`; full jitter. */
  reconnectBaseMs: 500,
  reconnectCapMs: 30_000,
  /** The cap in the first minute while the master's port is closed, so that a minion is back within 2 s of a restart. */
  restartCapMs: 1_500,
  restartMs: 60_000,
  /** Data in flight on one stream of a channel that its reader has not taken yet, unless both ends agreed on more. */
  channelWindowBytes: 256 * 1024,
  /** The window of few sessions when both ends know larger ones, on a short path. */
  wideWindowBytes: 1024 * 1024,
  /** The largest window that a minion or an operator's side takes. */
  largestWindowBytes: 8 * 1024 * 1024,
  /** Concurrent sessions of one minion. */
  openChannels: 256,
  /** A session that is not opened within this time after its order was signed is refused. */
  openLifetimeMs: 60_000,
  /** Blob data sent to a minion that it has not taken yet: a minion that requests more is not reading. */
  blobBytesOnTheWay: 8 * 1024 * 1024,
  /** Bytes queued in a minion's socket: more than all its channels can have in flight. */
  unreadBytes: 96 * 1024 * 1024,
  /** How many messages about itself (hello, grains, boot) a minion may send at once; one more per heartbeat. */
  announcements: 30,
  /** Bytes queued in a socket before the sender pauses. */
  backPressureBytes: 256 * 1024,
  /** Captured output of one program, or one diff, in a report. */
  outputBytes: 16 * 1024,
  /** Output of a successful program, in a report. */
  shownOutputBytes: 4 * 1024,
  diffBytes: 16 * 1024,
} as const
