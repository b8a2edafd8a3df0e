import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import type { Duplex, Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { AppError } from '../../../protocol/errors.ts'
import { broadcast } from './broadcast.ts'
import { carry, closeOn, type RemoteChannel } from './remote-channel.ts'
import type { RemoteEnd } from './remote-outcome.ts'

/** Opens another connection from the minion. */
export type OpenForward = () => Promise<RemoteChannel>

/** How long the remote side may take to read pending data after it half-closed the connection. */
const LINGER_MS = 2_000

/**
 * Carries one connection over stdin and stdout, for ssh's ProxyCommand. Ends when the minion's side ends, because a process
 * cannot signal the end of its stdout and keep running. Throws the reason of a failure.
 */
export async function carryStdio(
  channel: RemoteChannel,
  { stdin, stdout }: { readonly stdin: Readable; readonly stdout: Writable },
  signal: AbortSignal,
): Promise<void> {
  let given = false
  const giveUp = (): void => {
    given = true
    channel.close()
  }
  signal.addEventListener('abort', giveUp, { once: true })
  channel.errors.resume()
  const stop = broadcast(stdin, [channel.input])
  try {
    await carry(channel.output, stdout)
    channel.input.end()
    const timer = setTimeout(giveUp, LINGER_MS)
    const end = await channel.ended.finally(() => clearTimeout(timer))
    if (!given) assertFine(end)
  } finally {
    stop()
    signal.removeEventListener('abort', giveUp)
  }
}

/**
 * Carries one connection between two local streams and the minion; each direction ends by itself. Throws the reason of a
 * failure.
 */
async function carryConnection(
  channel: RemoteChannel,
  local: { readonly from: Readable; readonly to: Writable },
  signal: AbortSignal,
): Promise<void> {
  const over = new AbortController()
  const both = AbortSignal.any([signal, over.signal])
  const calm = closeOn(signal, channel)
  channel.errors.resume()
  // Data for a remote side that is gone has no reader, so a failed write is a normal end.
  const upward = pipeline(local.from, channel.input, { signal: both }).catch(() => undefined)
  try {
    await pipeline(channel.output, local.to, { signal })
    assertFine(await channel.ended)
  } finally {
    over.abort()
    channel.close()
    calm()
    await upward
  }
}

/** Listens on loopback and carries each connection over its own channel, until `signal`. Throws LISTEN_FAILED. */
export async function listenForward(
  at: { readonly host: string; readonly port: number },
  open: OpenForward,
  told: { readonly listening: (address: string) => void; readonly broke: (thrown: AppError) => void },
  signal: AbortSignal,
): Promise<void> {
  const sockets = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, socket => {
    sockets.add(socket)
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket))
    serve(socket, open, signal).catch((thrown: unknown) => {
      // Report an unreachable minion, but not a client that disconnects.
      if (thrown instanceof AppError) told.broke(thrown)
      socket.destroy()
    })
  })
  const { address, port } = await listen(server, at)
  told.listening(`${address.includes(':') ? `[${address}]` : address}:${port}`)
  try {
    if (!signal.aborted) await once(signal, 'abort')
  } finally {
    server.close()
    for (const socket of sockets) socket.destroy()
  }
}

async function serve(socket: Socket, open: OpenForward, signal: AbortSignal): Promise<void> {
  const channel = await open()
  const duplex: Duplex = socket
  await carryConnection(channel, { from: duplex, to: duplex }, signal)
}

async function listen(server: Server, at: { readonly host: string; readonly port: number }): Promise<AddressInfo> {
  try {
    server.listen(at)
    await once(server, 'listening')
    return server.address() as AddressInfo
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    const why = code === 'EADDRINUSE' ? 'it is in use' : code === 'EACCES' ? 'not permitted' : (code ?? message)
    throw new AppError(
      {
        code: 'LISTEN_FAILED',
        message: `cannot listen at \`${at.host}:${at.port}\`: ${why}`,
        hint: 'Leave `--listen` out to use a free port.',
      },
      { cause },
    )
  }
}

function assertFine(end: RemoteEnd): void {
  if ('problem' in end) throw new AppError(end.problem)
}
