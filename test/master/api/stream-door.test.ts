import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { ALL_RIGHTS } from '../../../master/access/caller.ts'
import { createDrain } from '../../../master/api/drain.ts'
import { type ApiServer, startApi } from '../../../master/api/server.ts'
import { packPlain } from '../../../protocol/codec.ts'
import { AppError } from '../../../protocol/errors.ts'
import { LIMITS } from '../../../protocol/limits.ts'

let directory: string
let api: ApiServer
let faults: unknown[]
/** The largest windows of the clients that opened a stream. */
let windows: number[]

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'saltern-door-'))
  faults = []
  windows = []
  api = await startApi(
    {
      drain: createDrain(),
      dispatch: () => Promise.reject(new Error('nobody asks a verb here')),
      openStream: (_verb, _input, { window }) => {
        windows.push(window)
        return Promise.reject(new AppError({ code: 'USAGE', message: 'no stream is opened here' }))
      },
      caller: { operator: 'anna', via: 'socket', rights: ALL_RIGHTS },
      onFault: thrown => void faults.push(thrown),
    },
    join(directory, 'master.sock'),
  )
})
afterEach(async () => {
  await api.close()
  rmSync(directory, { recursive: true, force: true })
})

/** Sends the upgrade and a first message in one piece, which no library does: the refusal cannot come in between. */
async function knock(verb: string, message: Uint8Array, headers: readonly string[] = []): Promise<void> {
  const socket = connect(join(directory, 'master.sock'))
  const head = [
    `GET /v1/stream/${verb} HTTP/1.1`,
    'Host: master',
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    ...headers,
  ]
  const frame = Buffer.from([0x82, 0x80 | message.length, 0, 0, 0, 0, ...message])
  socket.write(Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), frame]))
  const heard: Buffer[] = []
  socket.on('data', (data: Buffer) => {
    heard.push(data)
    if (Buffer.concat(heard).includes('MESSAGE_INVALID') || Buffer.concat(heard).includes('USAGE')) socket.destroy()
  })
  await once(socket, 'close')
}

it('the stream endpoint survives a message that is not msgpack, for known and unknown verbs', async () => {
  const unhandled: unknown[] = []
  const onUnhandled = (thrown: unknown): void => void unhandled.push(thrown)
  process.on('unhandledRejection', onUnhandled)
  try {
    for (const verb of ['no-such-verb', 'ssh']) await knock(verb, new Uint8Array([0xc1, 0xc1]))
    await setImmediate()

    expect(unhandled).toEqual([])
    expect(faults).toEqual([])
  } finally {
    process.off('unhandledRejection', onUnhandled)
  }
})

it('a client of the stream endpoint takes the window that its header names, and the smallest one without a number there', async () => {
  for (const header of [[], ['Saltern-Window: 3000000'], ['Saltern-Window: -1'], ['Saltern-Window: 9e99']]) {
    await knock('ssh', packPlain({}), header)
  }
  const least = LIMITS.channelWindowBytes

  expect(windows).toEqual([least, 3_000_000, least, least])
})
