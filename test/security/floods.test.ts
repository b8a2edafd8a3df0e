import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { PeerBudgets } from '../../master/link/peer-budgets.ts'
import { encodeMessage } from '../../protocol/codec.ts'
import type { Fingerprint } from '../../protocol/ids.ts'
import { LIMITS } from '../../protocol/limits.ts'
import { SUPPORTED_VERSIONS } from '../../protocol/version.ts'
import { until } from '../journey/scene.ts'
import { type LinkScene, openLinkScene } from '../master/link/link-scene.ts'

/** Threats 20 and 21: peers that send too much, in any form, and never authenticate. */

let scene: LinkScene

beforeEach(async () => {
  scene = await openLinkScene()
})
afterEach(() => scene.close())

async function openTls(localAddress: string): Promise<TLSSocket> {
  const to = { host: '127.0.0.1', port: scene.server.port, localAddress, rejectUnauthorized: false }
  const socket = connectTls(to)
  socket.on('error', () => socket.destroy())
  await once(socket, 'secureConnect')
  return socket
}

/** Opens a websocket without the checks of a library. */
async function openRaw(localAddress = '127.0.0.2'): Promise<TLSSocket> {
  const socket = await openTls(localAddress)
  const key = randomBytes(16).toString('base64')
  socket.write(
    `GET /minion HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
  )
  const [answer] = (await once(socket, 'data')) as [Buffer]
  expect(String(answer)).toMatch(/^HTTP\/1\.1 101 /)
  socket.resume()
  return socket
}

/** Builds the header of a masked frame with the declared `length`. */
function head({ opcode = 2, fin = true, length }: { opcode?: number; fin?: boolean; length: number }): Buffer {
  const size = length < 126 ? Buffer.of(0x80 | length) : Buffer.concat([Buffer.of(0x80 | 127), bigEndian(length)])
  return Buffer.concat([Buffer.of((fin ? 0x80 : 0) | opcode), size, Buffer.alloc(4)])
}

function bigEndian(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(value))
  return bytes
}

async function closes(socket: TLSSocket): Promise<void> {
  await until(
    'the master has closed it',
    () => socket.destroyed,
    () => '',
    LIMITS.handshakeMs * 4,
  )
}

const HELLO = encodeMessage({
  type: 'client-hello',
  versions: SUPPORTED_VERSIONS,
  role: 'minion',
  nonce: new Uint8Array(32),
})

it('an unproven client that announces 100 MB is disconnected before it sends them', async () => {
  const socket = await openRaw()
  socket.write(head({ length: 100 * 1024 * 1024 }))

  await closes(socket)
  expect(socket.bytesWritten).toBeLessThan(2000)
})

it('an unproven client that sends one byte per fragment is disconnected after a few', async () => {
  const socket = await openRaw()
  socket.write(Buffer.concat([head({ length: 1, fin: false }), Buffer.of(1)]))
  for (let sent = 0; sent < 1000 && !socket.destroyed; sent++) {
    socket.write(Buffer.concat([head({ opcode: 0, length: 1, fin: false }), Buffer.of(1)]))
  }

  await closes(socket)
  expect(scene.server.links.size).toBe(0)
})

it('an unproven client that sends half a message is disconnected when the handshake time is over', async () => {
  const socket = await openRaw()
  const began = performance.now()
  socket.write(Buffer.concat([head({ length: HELLO.length }), HELLO.subarray(0, 10)]))

  await closes(socket)
  expect(performance.now() - began).toBeLessThan(LIMITS.handshakeMs * 4)
})

it('a client that sends endless headers is disconnected, and a request for another path gets only a refusal', async () => {
  const endless = await openTls('127.0.0.2')
  endless.resume()
  endless.write(`GET /minion HTTP/1.1\r\nHost: x\r\n${'X-More: x\r\n'.repeat(20_000)}`)
  await closes(endless)

  const other = await openTls('127.0.0.2')
  other.write('GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n')
  const [answer] = (await once(other, 'data')) as [Buffer]
  expect(String(answer)).toMatch(/^HTTP\/1\.1 404 /)
  await closes(other)
})

it('a hundred connections with maximum-size frames from unproven clients do not fill the memory', async () => {
  const before = process.memoryUsage().rss
  const open: TLSSocket[] = []
  for (let at = 0; at < 100; at++) {
    const socket = await openRaw(`127.0.${2 + Math.floor(at / 25)}.1`)
    open.push(socket)
    // The maximum size of a frame, except for its last byte: it stays in a buffer of the master.
    socket.write(Buffer.concat([head({ length: LIMITS.frameBytes }), Buffer.alloc(LIMITS.frameBytes - 1)]))
  }
  expect(process.memoryUsage().rss - before).toBeLessThan(150 * 1024 * 1024)

  await Promise.all(open.map(closes))
  expect(scene.logged).toEqual([])
})

it('a flood of bad handshakes from one host is rejected early, and valid ones succeed', async () => {
  const { socket } = await scene.connect('db1', { token: scene.token() })
  socket.terminate()
  let tried = 0
  let met = 0
  const attacker = async (): Promise<void> => {
    while (tried < 300) {
      tried += 1
      try {
        const bad = await openRaw('127.0.0.9')
        met += 1
        bad.write(Buffer.concat([head({ length: HELLO.length }), HELLO]))
        bad.write(Buffer.concat([head({ length: 64 }), randomBytes(64)]))
        bad.end()
      } catch {
        // Closed before anything was sent.
      }
    }
  }
  const began = performance.now()
  let over = false
  const attack = Promise.all(Array.from({ length: 8 }, attacker)).finally(() => {
    over = true
  })
  const tookMs: number[] = []
  while (!over) {
    const from = performance.now()
    ;(await scene.connect('db1')).socket.terminate()
    tookMs.push(performance.now() - from)
  }
  const seconds = (performance.now() - began) / 1000
  await attack

  expect(tookMs.length).toBeGreaterThan(2)
  expect(met).toBeLessThanOrEqual(LIMITS.connectionsBurst + LIMITS.connectionsPerSecond * (seconds + 1))
  // Takes about 20 ms on an idle machine; none may come near its deadline.
  expect(Math.max(...tookMs)).toBeLessThan(LIMITS.handshakeMs)
})

describe('a key that connects again and again', () => {
  it('a key that used up its connection budget is refused before anything is written, and others are not', async () => {
    const budgets = new PeerBudgets()
    const { fingerprint } = await joined(budgets)
    while (budgets.take('session', fingerprint, Date.now())) continue
    const before = scene.store.log.lastSeq()

    await expect(scene.connect('db1')).rejects.toThrow()

    expect(scene.logged).toEqual(['link-refused the key connects too often'])
    expect(scene.store.log.lastSeq()).toBe(before)
    const other = await scene.connect('db2', { token: scene.token() })
    other.socket.terminate()
  })

  async function joined(budgets: PeerBudgets): Promise<{ readonly fingerprint: Fingerprint }> {
    await scene.close()
    scene = await openLinkScene({ budgets })
    const { socket } = await scene.connect('db1', { token: scene.token() })
    socket.terminate()
    const [key] = scene.store.keys.list('accepted')
    if (key === undefined) throw new Error('db1 has not joined')
    return key
  }
})
