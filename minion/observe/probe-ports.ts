import { connect } from 'node:net'
import type { ListeningSocket, PortAnswer } from '../../protocol/observations.ts'

const CONNECT_MS = 2000

/**
 * Connects to each port at the address where something listens, or else at loopback, and disconnects: shows whether the port
 * answers.
 */
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

/** Addresses to connect to; a socket that listens on all addresses is probed at loopback. Pure. */
export function addressesOf(port: number, sockets: readonly ListeningSocket[]): readonly string[] {
  const found = sockets
    .filter(socket => socket.proto === 'tcp' && socket.port === port)
    .map(({ address }) => (address === '0.0.0.0' ? '127.0.0.1' : address === '::' ? '::1' : address))
  // `::` usually covers both IP versions; a host without an IPv6 loopback still has the other.
  return [...new Set(found.length === 0 || found.includes('::1') ? [...found, '127.0.0.1'] : found)]
}

/** The reason for a failure; undefined when the port answered. */
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
