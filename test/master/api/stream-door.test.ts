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

let directory: string
let api: ApiServer
let faults: unknown[]

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'saltern-door-'))
  faults = []
  api = await startApi(
    {
      drain: createDrain(),
      dispatch: () => Promise.reject(new Error('nobody asks a verb here')),
      openStream: () => Promise.reject(new Error('nobody opens a stream here')),
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
async function knock(verb: string, message: Uint8Array): Promise<void> {
  const socket = connect(join(directory, 'master.sock'))
  const head = [
    `GET /v1/stream/${verb} HTTP/1.1`,
    'Host: master',
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
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
