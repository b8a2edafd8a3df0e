import { EventEmitter, once } from 'node:events'
import { expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { MinionLink } from '../../../master/link/minion-link.ts'
import { PeerBudgets } from '../../../master/link/peer-budgets.ts'
import { Turns } from '../../../master/link/turns.ts'
import { chunkAt } from '../../../protocol/blob-transfer.ts'
import { sha256Of } from '../../../protocol/catalog.ts'
import { decodeFromMaster, encodeMessage } from '../../../protocol/codec.ts'
import { LIMITS } from '../../../protocol/limits.ts'
import type { FromMinion } from '../../../protocol/messages.ts'
import { until } from '../../journey/scene.ts'
import { fakeIntake, openLinkScene } from './link-scene.ts'
import { provenMinion } from './proven.ts'

const HELLO: Extract<FromMinion, { type: 'hello' }> = {
  type: 'hello',
  grains: {
    os: 'Debian',
    arch: 'x64',
    kernel: '6.1.0',
    hostname: 'db1',
    fqdn: 'db1.example',
    num_cpus: 1,
    mem_mb: 512,
    addresses: [],
    saltern_version: '0.0.0',
  },
  bootId: 'boot',
  stateTypes: {},
  highestSequence: 0,
  runs: [],
}

/** The socket as seen by a link. */
class Wire extends EventEmitter {
  readonly readyState = WebSocket.OPEN
  readonly bufferedAmount = 0
  readonly sent: string[] = []
  isReading = true
  send(bytes: Uint8Array, onSent: () => void): void {
    this.sent.push(decodeFromMaster(bytes).type)
    onSent()
  }
  pause(): void {
    this.isReading = false
  }
  resume(): void {
    this.isReading = true
  }
  says(message: FromMinion): void {
    this.emit('message', Buffer.from(encodeMessage(message)), true)
  }
}

it('a minion is sent no message of a newer version of the wire than the one that it speaks', async () => {
  const links: MinionLink[] = []
  const older = await openLinkScene({ listener: { add: link => void links.push(link) } })
  try {
    const { socket } = await older.connect('db1', { token: older.token() })
    const [link] = links
    if (link === undefined) throw new Error('no link')

    expect(link.send({ type: 'ping', nonce: 1 })).toBe(true)
    // Version 0 is older than every message.
    Object.assign(link.peer, { version: 0 })
    expect(link.send({ type: 'ping', nonce: 2 })).toBe(false)
    expect(older.server.links.size).toBe(1)
    socket.terminate()
  } finally {
    await older.close()
  }
})

it('a link knows its round trip once a heartbeat was answered', async () => {
  const links: MinionLink[] = []
  const scene = await openLinkScene({ listener: { add: link => void links.push(link) } })
  try {
    const { socket } = await scene.connect('db1', { token: scene.token() })
    const [link] = links
    if (link === undefined) throw new Error('no link')
    socket.resume()

    expect(link.roundTripMs).toBeUndefined()
    link.tellTime()
    await until('the heartbeat is answered', () => link.roundTripMs !== undefined)
    expect(link.roundTripMs).toBeGreaterThan(0)
    socket.terminate()
  } finally {
    await scene.close()
  }
})

it('a blob that a minion requests right after its hello is served once the hello is written, which allows it', async () => {
  const blob = new Uint8Array(10)
  const hash = sha256Of(blob)
  const written = Promise.withResolvers<void>()
  const wire = new Wire()
  const heard: string[] = []
  new MinionLink(
    wire as never,
    provenMinion(),
    { address: '127.0.0.1', now: 0 },
    {
      turns: new Turns(),
      budgets: new PeerBudgets(),
      now: () => 0,
      listener: {
        greet: async link => {
          await written.promise
          link.allow([hash])
        },
        hear: (_link, { type }) => void heard.push(type),
      },
      onGone: () => undefined,
      readChunk: async (sha256, offset) => chunkAt(sha256, blob, offset),
      intake: fakeIntake(),
      log: () => undefined,
    },
  )

  wire.says(HELLO)
  wire.says({ type: 'blob-get', sha256: hash, offset: 0 })
  wire.says({ type: 'grains', grains: HELLO.grains })
  expect([wire.sent, heard, wire.isReading]).toEqual([[], [], false])

  written.resolve()
  await until('the blob is sent', () => wire.sent.length > 0)
  expect([wire.sent, heard, wire.isReading]).toEqual([['blob-chunk'], ['grains'], true])
  wire.emit('close')
})

it('a minion that requests blobs and does not read them does not fill the memory of the master', async () => {
  const blob = new Uint8Array(LIMITS.chunkBytes)
  const hash = sha256Of(blob)
  const sessions: MinionLink[] = []
  const serving = await openLinkScene({
    readChunk: async (sha256, offset) => chunkAt(sha256, blob, offset),
    listener: { add: session => void sessions.push(session) },
  })
  try {
    const { socket } = await serving.connect('db1', { token: serving.token() })
    sessions[0]?.allow([hash])
    const closed = once(socket, 'close')
    // The client does not read; it only sends.
    socket.pause()
    for (let asked = 0; asked < 1000; asked++) {
      socket.send(encodeMessage({ type: 'blob-get', sha256: hash, offset: 0 }))
    }
    await until('the session is over', () => serving.server.links.size === 0)
    socket.resume()
    socket.terminate()
    await closed

    expect(serving.logged.at(-1)).toBe('link-message-refused it asks for more than it reads')
  } finally {
    await serving.close()
  }
})

it('messages of a minion about itself are rate-limited, and its hello is accepted once', async () => {
  const heard: string[] = []
  const listening = await openLinkScene({ listener: { hear: (_session, { type }) => void heard.push(type) } })
  try {
    const first = await listening.connect('db1', { token: listening.token() })
    first.socket.send(encodeMessage(HELLO))
    first.socket.send(encodeMessage(HELLO))
    await until('the session is over', () => listening.server.links.size === 0)
    expect(listening.logged.at(-1)).toBe('link-message-refused a second greeting')
    expect(heard).toEqual(['hello'])
    first.socket.terminate()

    const second = await listening.connect('db1')
    for (let said = 0; said <= LIMITS.announcements; said++) {
      second.socket.send(encodeMessage({ type: 'grains', grains: { ...HELLO.grains, num_cpus: said } }))
    }
    await until('the session is over', () => listening.server.links.size === 0)
    expect(listening.logged.at(-1)).toBe('link-message-refused it sends `grains` too often')
    // Messages of the previous connection count as well.
    expect(heard.length).toBeLessThanOrEqual(LIMITS.announcements)
    second.socket.terminate()
  } finally {
    await listening.close()
  }
})
