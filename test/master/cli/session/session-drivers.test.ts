import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { buffer, text } from 'node:stream/consumers'
import { expect, it, onTestFinished } from 'vitest'
import { getFile, putFile } from '../../../../master/cli/session/copy-session.ts'
import { carryStdio, listenForward } from '../../../../master/cli/session/forward-session.ts'
import { factsOf } from '../../../../master/cli/session/local-file.ts'
import type { RemoteChannel } from '../../../../master/cli/session/remote-channel.ts'
import { KEPT_BYTES, runGrouped, runRaw } from '../../../../master/cli/session/run-session.ts'
import { execChannel } from '../../../../minion/channel/exec.ts'
import { fileGetChannel } from '../../../../minion/channel/file-get.ts'
import { filePutChannel } from '../../../../minion/channel/file-put.ts'
import type { ChannelEnd, ChannelPort } from '../../../../minion/channel/port.ts'
import { tcpChannel } from '../../../../minion/channel/tcp.ts'
import { StreamPort } from '../../../minion/channel/stream-port.ts'

/** Connects the real handler of a minion through in-memory streams. */
function open(handler: (port: ChannelPort) => Promise<ChannelEnd>, minion = 'm1'): RemoteChannel {
  const port = new StreamPort()
  const ended = handler(port).then(end => {
    port.output.end()
    port.errors.end()
    return end
  })
  const { input, output, errors } = port
  return {
    minion,
    input,
    output,
    errors,
    ended,
    signal: name => port.send(name),
    resize: () => undefined,
    close: () => port.close(),
  }
}

const exec = (argv: readonly string[], minion = 'm1'): RemoteChannel =>
  open(port => execChannel({ argv }, port), minion)
const calm = new AbortController().signal

async function freshDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'saltern-sessions-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  return directory
}

it('run passes streams through unmodified and returns how the program ended', async () => {
  const streams = { stdin: Readable.from([Buffer.from('in')]), stdout: new PassThrough(), stderr: new PassThrough() }

  const end = await runRaw(exec(['sh', '-c', 'cat; printf "\\033[2J"; echo e >&2; exit 5']), streams, calm)

  expect(end).toEqual({ exit: 5 })
  expect(String(streams.stdout.read())).toBe('in\u001b[2J')
  expect(String(streams.stderr.read())).toBe('e\n')
})

it('run passes ctrl-C on and ends a program that ignores it', async () => {
  const stop = new AbortController()
  const channel = exec(['sh', '-c', 'trap "" INT; echo ready; sleep 300; sleep 300'])
  const stdout = new PassThrough()
  const running = runRaw(channel, { stdin: undefined, stdout, stderr: new PassThrough() }, stop.signal)
  await once(stdout, 'data')

  stop.abort()

  expect(await running).toMatchObject({ problem: { code: 'RUN_CANCELLED' } })
})

it('run on many minions keeps output up to its limit and counts the rest', async () => {
  const seen: string[] = []
  const channels = [exec(['head', '-c', '1000000', '/dev/zero'], 'm1'), exec(['wc', '-c'], 'm2')]

  const outcomes = await runGrouped(channels, Readable.from([Buffer.alloc(70_000)]), calm, ({ minion }) =>
    seen.push(minion),
  )

  expect(outcomes.map(({ minion, end, cutBytes }) => [minion, end, cutBytes])).toEqual([
    ['m1', { exit: 0 }, 1_000_000 - KEPT_BYTES],
    ['m2', { exit: 0 }, 0],
  ])
  expect(Buffer.from(outcomes[1]?.stdout ?? []).toString()).toBe('70000\n')
  expect(seen.sort()).toEqual(['m1', 'm2'])
})

it('cp puts and gets whole files', async () => {
  const directory = await freshDirectory()
  const [online, there, back] = ['here', 'there', 'back'].map(name => join(directory, name)) as [string, string, string]
  await writeFile(online, randomBytes(1_000_000))
  const { size, sha256 } = await factsOf(online)

  await putFile(
    open(port => filePutChannel({ path: there, size, sha256 }, port)),
    online,
    calm,
  )
  const facts = await getFile(
    open(port => fileGetChannel({ path: there }, port)),
    back,
    calm,
  )
  const out = new PassThrough()
  const whole = buffer(out)
  await getFile(
    open(port => fileGetChannel({ path: there }, port)),
    out,
    calm,
  )
  out.end()

  expect(facts).toMatchObject({ size, sha256 })
  expect(await factsOf(back)).toMatchObject({ size, sha256 })
  expect((await whole).equals(await readFile(online))).toBe(true)
})

it('cp rejects a minion that sends messages instead of the file facts, and keeps the existing file', async () => {
  const directory = await freshDirectory()
  const online = join(directory, 'here')
  await writeFile(online, 'old')
  const talk = async ({ errors }: ChannelPort): Promise<ChannelEnd> => {
    for (let said = 0; said < 200; said++) if (!errors.write(Buffer.alloc(48 * 1024, '['))) await once(errors, 'drain')
    return { exit: 0 }
  }

  await expect(getFile(open(talk), online, calm)).rejects.toThrow('did not send the size and hash')
  expect(await readFile(online, 'utf8')).toBe('old')
})

it('cp reports the error of the minion even when the minion reads no data', async () => {
  const directory = await freshDirectory()
  const online = join(directory, 'here')
  await writeFile(online, randomBytes(1_000_000))
  const { size, sha256 } = await factsOf(online)

  await expect(
    putFile(
      open(port => filePutChannel({ path: directory, size, sha256 }, port)),
      online,
      calm,
    ),
  ).rejects.toThrow('is a directory')
  await expect(
    getFile(
      open(port => fileGetChannel({ path: '/no/such' }, port)),
      join(directory, 'new'),
      calm,
    ),
  ).rejects.toThrow('it does not exist')
  await writeFile(join(directory, 'other'), 'changed meanwhile')
  await expect(
    putFile(
      open(port => filePutChannel({ path: join(directory, 'x'), size, sha256 }, port)),
      join(directory, 'other'),
      calm,
    ),
  ).rejects.toThrow('only 17 bytes arrived')
})

it('forward carries concurrent connections with half-close in each direction until it is stopped', async () => {
  const server = createServer({ allowHalfOpen: true }, socket => {
    void buffer(socket).then(all => socket.end(hash(all)))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  const stop = new AbortController()
  const at = await new Promise<number>((resolve, reject) => {
    const openTcp = async (): Promise<RemoteChannel> =>
      open(channel => tcpChannel({ host: '127.0.0.1', port }, channel))
    const told = { listening: (address: string) => resolve(Number(address.split(':')[1])), broke: reject }
    listenForward({ host: '127.0.0.1', port: 0 }, openTcp, told, stop.signal).catch(reject)
  })
  const inputs = [1, 3_000_000, 50_000].map(size => randomBytes(size))

  const answers = await Promise.all(inputs.map(input => ask(at, input)))

  expect(answers).toEqual(inputs.map(hash))
  stop.abort()
  await expect(ask(at, Buffer.from('x'))).rejects.toThrow('ECONNREFUSED')
})

it('forward over stdin and stdout ends when the remote side closes', async () => {
  const server = createServer({ allowHalfOpen: true }, socket => socket.end('welcome'))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  const stdout = new PassThrough()

  await carryStdio(
    open(channel => tcpChannel({ host: '127.0.0.1', port }, channel)),
    { stdin: new PassThrough(), stdout },
    calm,
  )

  expect(String(stdout.read())).toBe('welcome')
})

it('forward over stdin and stdout reports the address that it could not reach', async () => {
  const channel = open(port => tcpChannel({ host: '127.0.0.1', port: 1 }, port))

  await expect(carryStdio(channel, { stdin: new PassThrough(), stdout: new PassThrough() }, calm)).rejects.toThrow(
    'cannot connect to `127.0.0.1:1`',
  )
})

function hash(data: Uint8Array): string {
  return createHash('sha256').update(data).digest('hex')
}

async function ask(port: number, data: Uint8Array): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true })
  socket.end(data)
  return await text(socket)
}
