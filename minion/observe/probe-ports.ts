import { connect } from 'node:net'
import type { ListeningSocket, PortAnswer } from '../../protocol/observations.ts'

const CONNECT_MS = 2000

/** Connects to each port where something listens at it, or else at loopback, and hangs up: whether it is answered. */
export function askPorts(
  ports: readonly number[],
  sockets: readonly ListeningSocket[],
): Promise<readonly PortAnswer[]> {
  return Promise.all(
    ports.map(async (port): Promise<PortAnswer> => {
      let reason = ''
      for (const host of addressesOf(port, sockets)) {
        const problem = await tryConnect(host, port)
        if (problem === undefined) return { port, answers: true }
        reason ||= problem
      }
      return { port, answers: false, reason }
    }),
  )
}

/** Where to knock: what listens at every address is asked at loopback. Pure. */
export function addressesOf(port: number, sockets: readonly ListeningSocket[]): readonly string[] {
  const found = sockets
    .filter(socket => socket.proto === 'tcp' && socket.port === port)
    .map(({ address }) => (address === '0.0.0.0' ? '127.0.0.1' : address === '::' ? '::1' : address))
  // `::` usually means both versions; one that has no IPv6 loopback still has the other.
  return [...new Set(found.length === 0 || found.includes('::1') ? [...found, '127.0.0.1'] : found)]
}

/** Why not, or undefined when it was answered. */
function tryConnect(host: string, port: number): Promise<string | undefined> {
  return new Promise(resolve => {
    const socket = connect({ host, port })
    const end = (reason: string | undefined): void => {
      socket.destroy()
      resolve(reason)
    }
    socket.setTimeout(CONNECT_MS, () => end('ETIMEDOUT'))
    socket.once('connect', () => end(undefined))
    socket.once('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message))
  })
}
