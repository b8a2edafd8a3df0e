import { once } from 'node:events'
import { connect, isIP, type Socket } from 'node:net'
import { pipeline } from 'node:stream/promises'
import { AppError, problemsOf } from '../../protocol/errors.ts'
import type { ChannelEnd, ChannelPort } from './port.ts'

export interface TcpRequest {
  readonly host: string
  readonly port: number
}

const CONNECT_MS = 10_000

/**
 * Forwards one TCP connection from the minion to a port it can reach. Each direction ends separately: a side that has finished
 * sending can still receive. Throws FORWARD_REFUSED.
 */
export async function tcpChannel(request: TcpRequest, port: ChannelPort): Promise<ChannelEnd> {
  const where = `${isIP(request.host) === 6 ? `[${request.host}]` : request.host}:${request.port}`
  let socket: Socket | undefined
  try {
    socket = await reach(request, where, port.signal)
    await Promise.all([
      pipeline(port.input, socket, { signal: port.signal }),
      pipeline(socket, port.output, { signal: port.signal }),
    ])
    return { exit: 0 }
  } catch (thrown) {
    if (thrown instanceof AppError) return { problem: problemsOf(thrown)[0] }
    return { problem: { code: 'FORWARD_REFUSED', message: `the connection to \`${where}\` broke: ${why(thrown)}` } }
  } finally {
    socket?.destroy()
  }
}

/** True for an address that never leaves the host. Pure. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}

async function reach({ host, port }: TcpRequest, where: string, signal: AbortSignal): Promise<Socket> {
  const socket = connect({ host, port, allowHalfOpen: true, noDelay: true })
  try {
    await once(socket, 'connect', { signal: AbortSignal.any([signal, AbortSignal.timeout(CONNECT_MS)]) })
    return socket
  } catch (cause) {
    socket.destroy()
    throw new AppError(
      {
        code: 'FORWARD_REFUSED',
        message: `cannot connect to \`${where}\` on the minion: ${why(cause)}`,
        hint: `See what listens on the minion: \`ss -ltn\`.`,
      },
      { cause },
    )
  }
}

function why(thrown: unknown): string {
  const error = thrown as NodeJS.ErrnoException & { readonly errors?: readonly NodeJS.ErrnoException[] }
  // `localhost` is tried with both families, and the error is then an AggregateError.
  const code = error.code ?? error.errors?.[0]?.code
  switch (code) {
    case 'ECONNREFUSED':
      return 'connection refused'
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return 'no route to the host'
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'unknown host name'
    case 'ECONNRESET':
      return 'the connection was reset'
    case 'ABORT_ERR':
      return 'the connection timed out'
    default:
      return code ?? error.message
  }
}
