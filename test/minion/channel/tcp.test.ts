import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { expect, it, onTestFinished } from 'vitest'
import { isLoopback, tcpChannel } from '../../../minion/channel/tcp.ts'
import { until } from '../../journey/scene.ts'
import { StreamPort } from './stream-port.ts'

async function listen(onConnection: (socket: Socket) => unknown): Promise<{ port: number; server: Server }> {
  const server = createServer({ allowHalfOpen: true }, onConnection)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return { port: (server.address() as AddressInfo).port, server }
}

it('tcpChannel lets the server answer after the operator has closed its side', async () => {
  const { port } = await listen(async socket => {
    const all = await buffer(socket)
    socket.end(`got ${all.length}`)
  })
  const channel = new StreamPort()
  const done = tcpChannel({ host: '127.0.0.1', port }, channel)
  channel.input.end(Buffer.alloc(300_000))

  const { end, out } = await channel.read(done)

  expect(end).toEqual({ exit: 0 })
  expect(out.toString()).toBe('got 300000')
})

it('tcpChannel lets the operator continue after the server has closed its side', async () => {
  let heard = ''
  const { port } = await listen(async socket => {
    socket.end('bye')
    heard = (await buffer(socket)).toString()
  })
  const channel = new StreamPort()
  const done = tcpChannel({ host: 'localhost', port }, channel)

  expect((await buffer(channel.output)).toString()).toBe('bye')
  channel.input.end('still here')

  expect(await done).toEqual({ exit: 0 })
  await until('the other side heard the rest', () => heard === 'still here')
})

it('tcpChannel reports an address without a listener', async () => {
  const { port, server } = await listen(() => undefined)
  server.close()
  await once(server, 'close')

  const { end } = await new StreamPort().read(tcpChannel({ host: '127.0.0.1', port }, new StreamPort()))

  expect(end).toMatchObject({
    problem: {
      code: 'FORWARD_REFUSED',
      message: `cannot connect to \`127.0.0.1:${port}\` on the minion: connection refused`,
    },
  })
})

it('tcpChannel closes the connection when the link is lost', async () => {
  let closed: Promise<unknown> = Promise.resolve()
  let come: (value: unknown) => void = () => undefined
  const connected = new Promise(resolve => {
    come = resolve
  })
  const { port } = await listen(socket => {
    socket.on('error', () => undefined)
    closed = once(socket, 'close')
    socket.resume().on('end', () => socket.end())
    come(undefined)
  })
  const channel = new StreamPort()
  const done = tcpChannel({ host: '127.0.0.1', port }, channel)
  await connected

  channel.close()

  expect(await done).toMatchObject({ problem: { code: 'FORWARD_REFUSED' } })
  await closed
})

it.each([
  ['127.0.0.1', true],
  ['127.9.9.9', true],
  ['::1', true],
  ['localhost', true],
  ['127.evil.example', false],
  ['10.0.0.1', false],
  ['0.0.0.0', false],
])('isLoopback(%s) is %s', (host, expected) => {
  expect(isLoopback(host)).toBe(expected)
})
