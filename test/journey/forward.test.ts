import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { PROGRAM, Scene, until } from './scene.ts'

const scene = new Scene()
let hashing: Server
let port = 0

beforeAll(async () => {
  await scene.makeFleet({ 'inventory.yml': '"*": {level: staging}\n' })
  await scene.startMaster()
  await scene.join('m1')
  // Answers only after the other side has ended its direction, which requires half-close.
  hashing = createServer({ allowHalfOpen: true }, socket => {
    socket.on('error', () => undefined)
    void buffer(socket).then(all => socket.end(hash(all)))
  })
  hashing.listen(0, '127.0.0.1')
  await once(hashing, 'listening')
  port = (hashing.address() as AddressInfo).port
})
afterAll(async () => {
  hashing.close()
  await scene.close()
})

function hash(data: Uint8Array): string {
  return createHash('sha256').update(data).digest('hex')
}

/** Runs `master forward m1 PORT` in the background; returns the local port. */
async function forward(to: number): Promise<{ port: number; end: () => Promise<number | null>; err: () => string }> {
  let err = ''
  const child = spawn(process.execPath, [PROGRAM, 'forward', 'm1', String(to)], { env: scene.env })
  child.stderr.on('data', chunk => (err += String(chunk)))
  let out = ''
  child.stdout.on('data', chunk => (out += String(chunk)))
  const ended = once(child, 'close') as Promise<[number | null]>
  await until(
    'it listens',
    () => /127\.0\.0\.1:\d+/.test(out),
    () => out + err,
  )
  const end = async (): Promise<number | null> => {
    child.kill('SIGINT')
    const [code] = await ended
    return code
  }
  return { port: Number(/127\.0\.0\.1:(\d+)/.exec(out)?.[1]), end, err: () => err }
}

async function ask(at: number, data: Uint8Array): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port: at, allowHalfOpen: true })
  socket.end(data)
  return (await buffer(socket)).toString()
}

it('master forward carries many connections at once, with half-close in each direction, until ctrl-C', async () => {
  const way = await forward(port)
  const inputs = [1, 70_000, 5_000_000, 200_000].map(size => randomBytes(size))

  const answers = await Promise.all(inputs.map(input => ask(way.port, input)))

  expect(answers).toEqual(inputs.map(hash))
  expect(await way.end()).toBe(130)
  await expect(ask(way.port, randomBytes(1))).rejects.toThrow('ECONNREFUSED')
})

it('master forward closes a connection to a port without a listener, reports why, and keeps running', async () => {
  const closed = createServer()
  closed.listen(0, '127.0.0.1')
  await once(closed, 'listening')
  const { port: nobody } = closed.address() as AddressInfo
  closed.close()
  const way = await forward(nobody)

  const heard = await ask(way.port, randomBytes(3)).catch(() => '')

  expect(heard).toBe('')
  await until('it says why', () => way.err().includes('FORWARD_REFUSED'), way.err)
  await way.end()
})

it('master forward listens only on loopback addresses', async () => {
  const said = await scene.run(['forward', 'm1', '22', '--listen', '0.0.0.0:0'])

  expect(said).toMatchObject({ code: 2, err: expect.stringContaining('is not a loopback address') })
})

it('master forward --stdio uses only stdin and stdout', async () => {
  const data = randomBytes(400_000)
  const child = spawn(process.execPath, [PROGRAM, 'forward', '--stdio', 'm1', String(port)], { env: scene.env })
  child.stdin.end(data)
  const [out, err] = await Promise.all([buffer(child.stdout), buffer(child.stderr)])

  expect(out.toString()).toBe(hash(data))
  expect(err.toString()).toBe('')
})

it('master forward --stdio fails without a byte on stdout when the port refuses the connection', async () => {
  const said = await scene.run(['forward', '--stdio', 'm1', '1'])

  expect(said.code).not.toBe(0)
  expect(said.out).toBe('')
  expect(said.err).toContain('FORWARD_REFUSED')
})

it('master ssh-config has an entry for every minion and passes the socket in use', async () => {
  const out = await scene.must(['--socket', `${scene.state}/master.sock`, 'ssh-config'])

  expect(out).toContain('Host m1\n')
  expect(out).toContain(`ProxyCommand master --socket ${scene.state}/master.sock forward --stdio %h 22\n`)
})
