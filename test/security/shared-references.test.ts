import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { ALL_RIGHTS } from '../../master/access/caller.ts'
import { createDrain } from '../../master/api/drain.ts'
import { startApi } from '../../master/api/server.ts'
import { decodeCatalog } from '../../protocol/catalog.ts'
import { decodeFromMaster, decodeFromMinion, decodeHandshake, unpackPlain } from '../../protocol/codec.ts'
import { openOrder } from '../../protocol/order.ts'
import { decodeReport } from '../../protocol/report-codec.ts'
import { rawPublicKey, signFor } from '../../protocol/signature.ts'
import { mapOf, nameValue, pointTo, sharedTree } from '../protocol/shared-references.ts'

/** Threats 20 and 21: a few hundred bytes that decode to more values than memory holds. */

/** Few enough values for a decoder that accepts them to finish, and enough to notice: 2 ** 16. */
const LEVELS = 16

function refusal(run: () => unknown): string {
  try {
    run()
    return 'accepted'
  } catch (error) {
    const { code, message } = error as { code?: string; message: string }
    // The message of the check before the decoder; a later refusal would have decoded everything first.
    return code === 'MESSAGE_INVALID' && !message.startsWith('the message is not plain msgpack:')
      ? message
      : String(code)
  }
}

const master = generateKeyPairSync('ed25519').privateKey

function openSigned(body: Uint8Array, payload: Uint8Array): unknown {
  const signature = signFor('order', master, [body])
  return openOrder(
    { type: 'order', body, payload, signature },
    { fleet: 'f', masterKey: rawPublicKey(master), minionKey: new Uint8Array(32), highestSequence: 0, now: 0 },
  )
}

const DECODERS: { readonly [name: string]: (bytes: Uint8Array) => unknown } = {
  'the master before the proof': decodeHandshake,
  'the master after the proof': decodeFromMinion,
  'the minion before the proof': decodeHandshake,
  'the minion after the proof': decodeFromMaster,
  'the body of an order': bytes => openSigned(bytes, new Uint8Array()),
  'the certificate in the state directory': unpackPlain,
}

it.each(Object.keys(DECODERS))('shared msgpack references are refused by %s, at any position and depth', name => {
  const decode = DECODERS[name] as (bytes: Uint8Array) => unknown
  const frames = [
    sharedTree(LEVELS),
    mapOf('type', sharedTree(LEVELS)),
    mapOf('grains', sharedTree(4, 15)),
    nameValue(1, Buffer.from([0xc0])),
    pointTo(1),
    // A value that contains itself.
    nameValue(1, Buffer.concat([Buffer.from([0x91]), pointTo(1)])),
    // One extra byte at the end, for which some decoders print what they have decoded.
    Buffer.concat([sharedTree(LEVELS), Buffer.from([0xc0])]),
  ]

  expect(frames.map(frame => refusal(() => decode(frame)))).toEqual(frames.map(() => 'MESSAGE_INVALID'))
})

it('shared msgpack references are refused at random positions of random trees, next to every other extension', () => {
  const random = (below: number): number => randomBytes(4).readUInt32BE() % below
  const extensions = [0x00, 0x42, 0x62, 0x65, 0x69, 0x70, 0x72, 0x73, 0x74, 0x78, 0xff]
  const hostile = (): Buffer => {
    const type = extensions[random(extensions.length)] as number
    const heads = [[0xd4], [0xd5], [0xd6], [0xd7], [0xd8], [0xc7, random(8)], [0xc8, 0, random(8)]]
    const value = Buffer.from([...(heads[random(heads.length)] as number[]), type, ...randomBytes(16), 0xc0])
    return random(2) === 0 ? value : Buffer.concat([sharedTree(1 + random(6)), value])
  }
  const tree = (depth: number): Buffer => {
    if (depth === 0) return hostile()
    const width = 1 + random(3)
    const at = random(width)
    const items = Array.from({ length: width }, (_, index) => (index === at ? tree(depth - 1) : Buffer.from([0x01])))
    return Buffer.concat([Buffer.from([0x90 + width]), ...items])
  }
  for (let round = 0; round < 2000; round++) {
    const frame = tree(random(8))
    for (const decode of [decodeHandshake, decodeFromMinion, decodeFromMaster, unpackPlain]) {
      expect([frame.toString('hex'), refusal(() => decode(frame))]).toEqual([frame.toString('hex'), 'MESSAGE_INVALID'])
    }
  }
})

it('a value with too many items is refused before it is decoded', () => {
  const count = 40_000
  const frame = Buffer.concat([Buffer.from([0xdd, 0, 0, count >> 8, count & 0xff]), Buffer.alloc(count, 0xc0)])

  expect(refusal(() => unpackPlain(frame))).toBe('MESSAGE_INVALID')
})

it('a report with too many values or levels is refused before it is parsed', () => {
  const report = (exports: string): Uint8Array => new TextEncoder().encode(`{"format":1,"exports":${exports}}`)
  const wide = report(`{"a":[${'[],'.repeat(1_200_000)}0]}`)
  const deep = report(`${'['.repeat(100_000)}${']'.repeat(100_000)}`)

  for (const bytes of [wide, deep]) {
    expect(() => decodeReport(bytes)).toThrow(/has more than|nested deeper than/)
    expect(refusal(() => decodeReport(bytes))).toBe('REPORT_REFUSED')
  }
})

it('spooled reports and stored catalogs with shared msgpack references are refused', () => {
  for (const frame of [sharedTree(LEVELS), mapOf('format', sharedTree(LEVELS))]) {
    expect(refusal(() => decodeReport(frame))).toBe('REPORT_REFUSED')
    expect(refusal(() => decodeCatalog(frame))).toBe('CATALOG_REFUSED')
  }
})

describe('the sockets of the API', () => {
  const closing: (() => void | Promise<void>)[] = []
  afterEach(async () => {
    for (const close of closing.splice(0).toReversed()) await close()
  })

  async function open(): Promise<{ readonly socket: string; readonly opened: unknown[] }> {
    const directory = mkdtempSync(join(tmpdir(), 'saltern-shared-'))
    closing.push(() => rmSync(directory, { recursive: true, force: true }))
    const opened: unknown[] = []
    const api = await startApi(
      {
        drain: createDrain(),
        dispatch: () => Promise.reject(new Error('no verb is called')),
        openStream: (_verb, input, _stream, gone) => {
          opened.push(input)
          return new Promise(resolve => gone.addEventListener('abort', () => resolve(), { once: true }))
        },
        caller: { operator: 'anna', via: 'socket', rights: ALL_RIGHTS },
        onFault: () => undefined,
      },
      join(directory, 'master.sock'),
    )
    closing.push(() => api.close())
    return { socket: join(directory, 'master.sock'), opened }
  }

  it('API sockets refuse shared msgpack references in the first and later messages of a stream', async () => {
    const { socket: path, opened } = await open()
    const speak = (...frames: Uint8Array[]): Promise<string> =>
      new Promise((resolve, reject) => {
        const socket = new WebSocket(`ws+unix:${path}:/v1/stream/run`)
        let heard = ''
        socket.on('open', () => frames.forEach(frame => socket.send(frame)))
        socket.on('message', (data: Buffer) => (heard += data.toString('latin1')))
        socket.on('close', () => resolve(heard))
        socket.on('error', reject)
      })

    expect(await speak(mapOf('target', sharedTree(LEVELS)))).toContain('MESSAGE_INVALID')
    expect(opened).toEqual([])
    expect(await speak(mapOf('target', Buffer.from([0xa1, 0x2a])), sharedTree(LEVELS))).toContain('MESSAGE_INVALID')
    expect(opened).toEqual([{ target: '*' }])
  })
  it('API sockets refuse a request nested 100,000 levels deep before it is parsed', async () => {
    const { socket: socketPath } = await open()
    const answer = await new Promise<string>((resolve, reject) => {
      const outgoing = request({ socketPath, method: 'POST', path: '/v1/status' }, response => {
        let text = ''
        response.on('data', chunk => (text += String(chunk)))
        response.on('end', () => resolve(`${response.statusCode} ${text}`))
      })
      outgoing.on('error', reject)
      outgoing.end(`${'['.repeat(100_000)}${']'.repeat(100_000)}`)
    })

    expect(answer).toMatch(/^400 .*nested deeper than/)
  })
})
