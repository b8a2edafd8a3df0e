import { once } from 'node:events'
import { connect as connectTcp, type Socket } from 'node:net'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as pause } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { reconnectDelayMs } from '../../minion/link/backoff.ts'
import { LIMITS } from '../../protocol/limits.ts'
import { until } from '../journey/scene.ts'
import { type LinkScene, openLinkScene } from '../master/link/link-scene.ts'

/** Threats 22 and 23: outsiders that connect and send nothing, to lock others out. */

let scene: LinkScene

beforeEach(async () => {
  scene = await openLinkScene()
})
afterEach(() => scene.close())

interface Flood {
  readonly open: () => number
  end(): void
}

/** Holds one socket for each address, and reopens it as soon as the master closes it; `speak` returns what it sends first. */
function holdOpen(
  port: number,
  addresses: readonly string[],
  speak: (socket: Socket) => void = () => undefined,
): Flood {
  let over = false
  const sockets = new Map<number, Socket>()
  const open = (at: number): void => {
    if (over) return
    const socket = connectTcp({ host: '127.0.0.1', port, localAddress: addresses[at] ?? '' }, () => speak(socket))
    sockets.set(at, socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => setTimeout(open, 20, at))
  }
  for (const at of addresses.keys()) open(at)
  return {
    open: () => [...sockets.values()].filter(socket => !socket.destroyed && !socket.connecting).length,
    end: () => {
      over = true
      for (const socket of sockets.values()) socket.destroy()
    },
  }
}

/**
 * Measures reconnects of a minion: how many failed, the slowest in milliseconds, the maximum delay of the event loop, and the
 * memory growth in MB.
 */
async function reconnects(count: number) {
  const delay = monitorEventLoopDelay({ resolution: 5 })
  delay.enable()
  const rss = process.memoryUsage().rss
  let failed = 0
  let slowestMs = 0
  for (let at = 0; at < count; at++) {
    const began = performance.now()
    await scene.connect('db1').then(
      ({ socket }) => socket.terminate(),
      () => {
        failed += 1
      },
    )
    slowestMs = Math.max(slowestMs, performance.now() - began)
  }
  delay.disable()
  const grownMb = (process.memoryUsage().rss - rss) / 2 ** 20
  return { failed, slowestMs, delayMs: delay.max / 1e6, grownMb }
}

async function joinOnce(): Promise<void> {
  const { socket } = await scene.connect('db1', { token: scene.token() })
  socket.terminate()
  await once(socket, 'close')
}

/** Ten in each of 24 networks, so a limit for each network does not help. */
const CROWD = Array.from({ length: 240 }, (_, at) => `127.1.${Math.floor(at / 10)}.${1 + (at % 10)}`)

it.each([
  ['say nothing', () => undefined],
  ['send one byte and stop', (socket: Socket) => void socket.write(Buffer.of(0x16))],
])('240 addresses with one socket each that %s do not block a minion that reconnects', async (_, speak) => {
  await joinOnce()
  const attack = holdOpen(scene.server.port, CROWD, speak)
  try {
    await until('the limit is reached', () => attack.open() >= LIMITS.halfOpenSockets / 2)

    const { failed, slowestMs, delayMs, grownMb } = await reconnects(20)

    expect(failed).toBe(0)
    expect(slowestMs).toBeLessThan(LIMITS.handshakeMs)
    expect(delayMs).toBeLessThan(LIMITS.handshakeMs)
    expect(grownMb).toBeLessThan(100)
  } finally {
    attack.end()
  }
})

it('240 addresses with one idle socket each do not block a minion that joins for the first time', async () => {
  const attack = holdOpen(scene.server.port, CROWD)
  try {
    await until('the limit is reached', () => attack.open() >= LIMITS.halfOpenSockets / 2)

    let joined = false
    // An agent retries forever; the timeout of the test is the bound. The delay grows up to that of attempt 5.
    for (let attempt = 0; !joined; attempt++) {
      await pause(reconnectDelayMs(Math.min(attempt, 5), Math.random()))
      joined = await scene.connect('db1', { token: scene.token() }).then(
        ({ socket }) => {
          socket.terminate()
          return true
        },
        () => false,
      )
    }

    expect(joined).toBe(true)
  } finally {
    attack.end()
  }
})

it('a NAT source with 120 connections per second does not block a proven minion at the same address', async () => {
  await joinOnce()
  const sockets = new Set<Socket>()
  const timer = setInterval(() => {
    const socket = connectTcp({ host: '127.0.0.1', port: scene.server.port, localAddress: '127.0.0.1' })
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => sockets.delete(socket))
  }, 1000 / 120)
  try {
    await until('more came than the rate of a stranger allows', () => sockets.size > LIMITS.connectionsBurst)

    const { failed, slowestMs } = await reconnects(30)

    expect(failed).toBe(0)
    expect(slowestMs).toBeLessThan(LIMITS.handshakeMs)
  } finally {
    clearInterval(timer)
    for (const socket of sockets) socket.destroy()
  }
})

it('a silent socket is closed after the time for the first byte, long before the handshake timeout', async () => {
  const began = performance.now()
  const silent = connectTcp({ host: '127.0.0.1', port: scene.server.port })
  await once(silent, 'close')

  expect(performance.now() - began).toBeLessThan(LIMITS.handshakeMs - 1000)
})

it('a socket that stops during or after TLS setup is closed after the handshake timeout', async () => {
  const to = { host: '127.0.0.1', port: scene.server.port, localAddress: '127.0.0.2' }
  const half = connectTcp(to, () => half.write(Buffer.of(0x16)))
  const whole = connectTls({ ...to, rejectUnauthorized: false })
  for (const socket of [half, whole]) socket.on('error', () => socket.destroy())

  await until(
    'both are gone',
    () => half.destroyed && whole.destroyed,
    () => '',
    LIMITS.handshakeMs * 4,
  )
})

it('500 idle sockets of five hosts are limited per network, do not block a join, and are closed in time', async () => {
  const addresses = Array.from({ length: 500 }, (_, at) => `127.0.0.${2 + (at % 5)}`)
  const sockets = addresses.map((localAddress, at): Socket => {
    const to = { host: '127.0.0.1', port: scene.server.port, localAddress }
    const socket = at % 2 === 0 ? connectTcp(to) : connectTls({ ...to, rejectUnauthorized: false })
    socket.on('error', () => socket.destroy())
    return socket
  })
  const open = (): number => sockets.filter(socket => !socket.destroyed && !socket.connecting).length
  try {
    await until(
      'the others are refused',
      () => open() > 0 && open() <= LIMITS.networkHalfOpenSockets,
      () => `${open()} are open`,
    )
    const began = performance.now()
    const { socket } = await scene.connect('db1', { token: scene.token() })
    const joinedMs = performance.now() - began

    expect(joinedMs).toBeLessThan(LIMITS.handshakeMs)
    await until('the idle ones are gone', () => open() === 0)
    expect(socket.readyState).toBe(socket.OPEN)
    socket.terminate()
  } finally {
    for (const socket of sockets) socket.destroy()
  }
})
