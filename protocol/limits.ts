/** Every size, count and time limit of the wire, in one place. Sizes are bytes, times milliseconds. */
export const LIMITS = {
  /** One websocket message. */
  frameBytes: 64 * 1024,
  /** One websocket message before the peer has proved who it is; a larger one closes the socket. */
  unprovenFrameBytes: 4 * 1024,
  /** Values and map keys of one decoded message, and maps and lists in each other: bytes alone do not bound memory. */
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
  /** A report; the minion truncates a larger one. The master can be given another limit. */
  reportBytes: 8 * 1024 * 1024,
  /** All exports of one minion, as JSON. */
  exportsBytes: 1024 * 1024,
  /** A catalog or box: it is put together in memory. */
  blobBytes: 64 * 1024 * 1024,
  /** A file of a role: it goes from disk to disk. */
  fileBytes: 1024 ** 3,
  /** A file of a role above this is never held in memory, nor in the database. */
  heldFileBytes: 256 * 1024,
  /** Sockets that have connected and not proved a key, all together; half of them are reserved for known sources. */
  halfOpenSockets: 200,
  /** Those of one network (/24 of IPv4, /64 of IPv6) without a known source. */
  networkHalfOpenSockets: 50,
  /** New connections from one source that is not known: bucket size and refill a second. */
  connectionsBurst: 60,
  connectionsPerSecond: 20,
  /** The same for all sources of one network. */
  networkBurst: 300,
  networkPerSecond: 100,
  /** From the connection to the first byte that is received. */
  firstByteMs: 2_000,
  /** Runs that a minion names in its hello: the ones it works on first, then the newest reports. */
  knownRuns: 1000,
  /** Generation of a catalog that a minion may report: far above any real one, and so that there is room above it. */
  generation: 2 ** 48,
  /** From the connection to the end of the handshake. */
  handshakeMs: 5_000,
  /** Between two heartbeats; a peer that misses two is dead. */
  heartbeatMs: 5_000,
  /** An order is good for this long after it was signed. */
  orderLifetimeMs: 5 * 60_000,
  /** Reconnect: the first delay is below `base`, later ones below `base * 2^attempt`, never above `cap`; full jitter. */
  reconnectBaseMs: 500,
  reconnectCapMs: 30_000,
  /** While nobody listens at the master's port: the cap in the first minute, so that a minion is back within 2 s of a restart. */
  restartCapMs: 1_500,
  restartMs: 60_000,
  /** What may be on its way on one stream of a channel before its reader has taken it. */
  channelWindowBytes: 256 * 1024,
  /** Sessions that one minion carries at once. */
  openChannels: 256,
  /** A session is opened within this time after its order was signed, or not at all. */
  openLifetimeMs: 60_000,
  /** Answers to a minion's questions for blobs that it has not taken yet: who asks for more does not read. */
  blobBytesOnTheWay: 8 * 1024 * 1024,
  /** Bytes waiting in a minion's socket: above what all its channels may have on their way. */
  unreadBytes: 96 * 1024 * 1024,
  /** How many messages about itself (greeting, grains, boot) a minion may send at once; one more each heartbeat. */
  announcements: 30,
  /** Bytes waiting in a socket before the sender pauses. */
  backPressureBytes: 256 * 1024,
  /** Captured output of one program, and one diff, in a report. */
  outputBytes: 16 * 1024,
  /** What a program that succeeded wrote, in a report. */
  shownOutputBytes: 4 * 1024,
  diffBytes: 16 * 1024,
} as const
