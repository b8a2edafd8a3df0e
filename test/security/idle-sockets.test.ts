import { once } from 'node:events'
import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { describe, expect, it } from 'vitest'
import { LIMITS } from '../../protocol/limits.ts'
import { until } from '../journey/scene.ts'
import { openLinkScene } from '../master/link/link-scene.ts'

/** Threats 22 and 23: who connects and says nothing, or far too much of nothing. */

const ATTACKERS = ['127.0.0.2', '127.0.0.3', '127.0.0.4', '127.0.0.5', '127.0.0.6']
const SOCKETS = 500

/** Sockets of five hosts that say nothing, in the middle of TLS, or after it. */
function flood(port: number): { readonly open: () => number; end(): void } {
  const sockets = Array.from({ length: SOCKETS }, (_, at): Socket => {
    const to = { host: '127.0.0.1', port, localAddress: ATTACKERS[at % ATTACKERS.length] ?? '' }
    const socket = at % 2 === 0 ? connectTcp(to) : connectTls({ ...to, rejectUnauthorized: false })
    socket.on('error', () => socket.destroy())
    return socket
  })
  return {
    open: () => sockets.filter(socket => !socket.destroyed && !socket.connecting).length,
    end: () => {
      for (const socket of sockets) socket.destroy()
    },
  }
}

describe('500 idle sockets', () => {
  it('are held to the cap, let a new minion join at once, and are gone after the time of a handshake', async () => {
    const scene = await openLinkScene()
    const attack = flood(scene.server.port)
    try {
      await until(
        'the cap is full',
        () => attack.open() >= LIMITS.halfOpenSockets * 0.9 && attack.open() <= LIMITS.halfOpenSockets,
        () => `${attack.open()} are open`,
      )
      const began = performance.now()
      const { socket } = await scene.connect('db1', { token: scene.token() })
      const joinedMs = performance.now() - began

      expect(attack.open()).toBeGreaterThan(LIMITS.halfOpenSockets * 0.8)
      expect(joinedMs).toBeLessThan(LIMITS.handshakeMs / 2)
      await until('the idle ones are gone', () => attack.open() === 0)
      expect(socket.readyState).toBe(socket.OPEN)
      socket.terminate()
      await once(socket, 'close')
    } finally {
      attack.end()
      await scene.close()
    }
  }, 30_000)
})
