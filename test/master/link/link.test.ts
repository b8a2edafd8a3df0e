import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { createMasterIdentity } from '../../../master/keys/master-identity.ts'
import { sha256Of } from '../../../protocol/catalog.ts'
import { decodeFromMaster, encodeMessage } from '../../../protocol/codec.ts'
import { AppError } from '../../../protocol/errors.ts'
import { minionId, type RunId, type Sha256 } from '../../../protocol/ids.ts'
import { LIMITS } from '../../../protocol/limits.ts'
import type { FromMaster, FromMinion } from '../../../protocol/messages.ts'
import { signReport } from '../../../protocol/order.ts'
import { type LinkScene, openLinkScene } from './link-scene.ts'
import { openRelay, type Relay } from './relay.ts'

let scene: LinkScene

beforeEach(async () => {
  scene = await openLinkScene()
})
afterEach(async () => {
  await scene.close()
})

async function codeOf(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  return error instanceof AppError ? error.code : `no AppError: ${String(error)}`
}

function rawSocket(): WebSocket {
  return new WebSocket(`wss://127.0.0.1:${scene.server.port}/minion`, { rejectUnauthorized: false })
}

it('a minion joins with a token that sets roles and level, and is known afterwards', async () => {
  const { socket } = await scene.connect('db1', { token: scene.token() })
  socket.terminate()

  const again = await scene.connect('db1')
  again.socket.terminate()

  const key = scene.store.keys.accepted(minionId('db1'))
  expect(key?.roles).toEqual(['db'])
  expect(key?.level).toBe('staging')
})

it("a minion is refused with an expired, a used and another minion's token, and the log says why", async () => {
  const used = scene.token()
  ;(await scene.connect('db1', { token: used })).socket.terminate()

  expect(await codeOf(scene.connect('db2', { token: scene.token({ ttlMs: -1 }) }))).toBe('HANDSHAKE_REFUSED')
  expect(await codeOf(scene.connect('db3', { token: used }))).toBe('HANDSHAKE_REFUSED')
  expect(await codeOf(scene.connect('db4', { token: scene.token({ minion: 'db5' }) }))).toBe('HANDSHAKE_REFUSED')
  expect(scene.logged.map(line => line.replace(/token [\w-]{16}/, 'token T').replace(/ at .*/, ''))).toEqual([
    'link-refused the join token T expired',
    'link-refused the join token T is used up',
    'link-refused the join token T is for db5',
  ])
})

it('of fifty minions with one single-use token exactly one joins', async () => {
  const token = scene.token()

  const codes = await Promise.all(
    Array.from({ length: 50 }, async (_, index) => {
      try {
        ;(await scene.connect(`web${index}`, { token })).socket.terminate()
        return 'in'
      } catch (error) {
        return error instanceof AppError ? error.code : String(error)
      }
    }),
  )

  expect(codes.filter(code => code === 'in')).toHaveLength(1)
  expect(scene.store.keys.list('accepted')).toHaveLength(1)
})

it('a minion without a token is pending, and another key can never use its id', async () => {
  expect(await codeOf(scene.connect('db1'))).toBe('HANDSHAKE_REFUSED')
  expect(scene.store.keys.list('pending').map(({ minion }) => minion)).toEqual(['db1'])

  ;(await scene.connect('db2', { token: scene.token() })).socket.terminate()
  expect(await codeOf(scene.connect('db2', { state: 'thief', token: scene.token() }))).toBe('HANDSHAKE_REFUSED')
  expect(scene.logged.at(-1)).toBe('link-refused another key is accepted as db2: a join token never replaces one')
})

it('a revoked minion is disconnected at once and refused in the same way as an unknown one', async () => {
  const { socket } = await scene.connect('db1', { token: scene.token() })
  const closed = once(socket, 'close')
  const key = scene.store.keys.accepted(minionId('db1'))
  scene.store.keys.revoke(minionId('db1'), key?.fingerprint as never, 'test')
  scene.server.disconnect(minionId('db1'), 'revoked')
  await closed

  expect(await codeOf(scene.connect('db1'))).toBe('HANDSHAKE_REFUSED')
  expect(await codeOf(scene.connect('unknown'))).toBe('HANDSHAKE_REFUSED')
})

describe('a relay with a certificate of its own', () => {
  let directory: string
  let relay: Relay

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'saltern-relay-'))
    const random = (size: number): Uint8Array => new Uint8Array(randomBytes(size))
    const own = await createMasterIdentity(directory, 'fleet-relay', { now: Date.now(), random })
    relay = await openRelay(own.tls, scene.server.port)
  })
  afterEach(async () => {
    await relay.close()
    await rm(directory, { recursive: true, force: true })
  })

  it('a relay with its own certificate is refused even though the client checks no certificate', async () => {
    expect(await codeOf(scene.connect('db1', { token: scene.token(), port: relay.port }))).toBe('MASTER_UNTRUSTED')
  })

  it('a relay connects when TLS channel binding is disabled on both ends, which proves that the binding refuses it', async () => {
    const unbound = (): Uint8Array => new Uint8Array(32)
    const control = await openLinkScene({ exporter: unbound })
    const own = await openRelay(scene.identity.tls, control.server.port)
    try {
      const { socket } = await control.connect('db1', { token: control.token(), port: own.port, exporter: unbound })
      socket.terminate()
      expect(control.store.keys.accepted(minionId('db1'))).toBeDefined()
    } finally {
      await own.close()
      await control.close()
    }
  })

  it('a relay learns no id, key or token of a minion that trusts another root', async () => {
    const token = scene.token()
    const rootHash = new Uint8Array(32).fill(7)

    const refused = await codeOf(scene.connect('very-own-name', { token, rootHash }))

    expect(refused).toBe('MASTER_UNTRUSTED')
    expect(scene.store.keys.list()).toEqual([])
    expect(relay.heard().includes('very-own-name')).toBe(false)
  })
})

const RUN = 'run-01jd3v0000000000000000000a' as RunId
const REPORT = new TextEncoder().encode('{}')

it.each([
  [
    'a frame above 4 KiB before the proof',
    Buffer.alloc(LIMITS.unprovenFrameBytes + 1),
    'link-refused a frame of 4097 bytes before the proof',
  ],
  ['garbage', Buffer.from('GET / HTTP/1.1'), 'link-refused the message is not plain msgpack: bytes follow its end'],
  ['a message out of turn', Buffer.from(encodeMessage({ type: 'denied' })), 'link-refused `denied` out of order'],
])('%s closes the socket, and the log says why', async (_name, bytes, words) => {
  const socket = rawSocket()
  await once(socket, 'open')
  const closed = once(socket, 'close')
  socket.send(bytes)
  await closed

  expect(scene.logged).toEqual([words])
})

it('a message above 64 KiB or an invalid one after the proof closes the session', async () => {
  const first = await scene.connect('db1', { token: scene.token() })
  const firstClosed = once(first.socket, 'close')
  first.socket.resume()
  first.socket.send(Buffer.alloc(LIMITS.frameBytes + 1))
  await firstClosed

  const second = await scene.connect('db1')
  const secondClosed = once(second.socket, 'close')
  second.socket.resume()
  second.socket.send(Buffer.from(encodeMessage({ type: 'denied' })))
  await secondClosed

  expect(scene.logged.at(-1)).toMatch(/^link-message-refused expected one of hello, accepted, .*, got "denied"$/)
  expect(scene.server.links.size).toBe(0)
})

it('a minion is told when content is refused and when its report will never be stored', async () => {
  const refusing = await openLinkScene({
    intake: {
      store: () => {
        throw new AppError({ code: 'REPORT_REFUSED', message: 'another run' })
      },
    },
  })
  try {
    const { socket } = await refusing.connect('db1', { token: refusing.token() })
    const { identityKey } = await refusing.identityOf('db1')
    const heard: FromMaster[] = []
    const say = (message: FromMinion): void => socket.send(encodeMessage(message))
    const settled = new Promise<void>(resolve => {
      socket.on('message', (data: Buffer) => {
        const message = decodeFromMaster(new Uint8Array(data))
        heard.push(message)
        if (message.type === 'blob-want') {
          say({ type: 'blob-chunk', sha256: message.sha256, offset: 0, size: REPORT.length, data: REPORT })
        }
        if (heard.length === 3) resolve()
      })
    })
    socket.resume()

    say({ type: 'blob-get', sha256: 'a'.repeat(64) as Sha256, offset: 0 })
    const offered = { run: RUN, sha256: sha256Of(REPORT), size: REPORT.length }
    say({ type: 'report-offer', ...offered, signature: signReport(identityKey, RUN, offered.sha256) })
    await settled

    expect(heard.map(({ type }) => type)).toEqual(['blob-refused', 'blob-want', 'report-refused'])
    socket.terminate()
  } finally {
    await refusing.close()
  }
})
