import { createServer, type Server } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import { type WebSocket, WebSocketServer } from 'ws'
import { encodeMessage, viewOf } from '../../protocol/codec.ts'
import { AppError, problemsOf } from '../../protocol/errors.ts'
import { formatHostPort } from '../../protocol/host-port.ts'
import type { MinionId } from '../../protocol/ids.ts'
import { LIMITS } from '../../protocol/limits.ts'
import type { ProvenSources } from '../keys/proven-sources.ts'
import { plainAddress, sourceOf } from '../keys/source.ts'
import { Admission, type Arrival } from './admission.ts'
import { Authenticator, type AuthenticatorDeps, type GateStep, type GateVerdict } from './authenticator.ts'
import { createIncidents } from './incidents.ts'
import { type LinkListener, MinionLink, type MinionLinkDeps } from './minion-link.ts'
import { Turns } from './turns.ts'

export interface LinkDeps extends AuthenticatorDeps, Omit<MinionLinkDeps, 'onGone' | 'turns' | 'listener'> {
  /** PEM of the TLS key and certificate. */
  readonly tls: { readonly key: string; readonly cert: string }
  /** The channel binding of a TLS socket (RFC 9266): `tlsExporter`, except in the control of the relay test. */
  readonly exporter: (socket: TLSSocket) => Uint8Array
  readonly sources: ProvenSources
  /** Runs work in a shared transaction, and calls `after` when it is on disk or has failed. */
  readonly commits: { add<T>(work: () => T, after: (result: () => T) => void): void }
  readonly listener: LinkListener
  /** Maximum number of open sockets, at most half of them before a proof; absent: only half-open sockets are limited. */
  readonly mostSockets?: number
}

/** All connected minions. */
export interface LinkServer {
  /** Port that the server listens on. */
  readonly port: number
  readonly links: ReadonlyMap<MinionId, MinionLink>
  /** Closes the link of a minion, if it has one. */
  disconnect(minion: MinionId, reason: string): void
  close(): Promise<void>
}

const PATH = '/minion'

export function tlsExporter(socket: TLSSocket): Uint8Array {
  return new Uint8Array(socket.exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', Buffer.alloc(0)))
}

/** Listens for minions. Throws LISTEN_FAILED when the address is in use or not local. */
export async function openLinkServer(
  listen: { readonly host: string; readonly port: number },
  wish: LinkDeps,
): Promise<LinkServer> {
  const incidents = createIncidents(wish.log)
  const deps = { ...wish, log: incidents.note }
  const links = new Map<MinionId, MinionLink>()
  const turns = new Turns()
  const mostSockets = deps.mostSockets ?? Number.POSITIVE_INFINITY
  const halfOpen = Math.min(LIMITS.halfOpenSockets, Math.floor(mostSockets / 2))
  const admission = new Admission(source => deps.sources.isKnown(source), halfOpen)
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: LIMITS.frameBytes,
    perMessageDeflate: false,
    clientTracking: false,
    maxFragments: 16,
    maxBufferedChunks: 1024,
  })
  const server = createServer({
    ...deps.tls,
    minVersion: 'TLSv1.3',
    handshakeTimeout: LIMITS.handshakeMs,
    // The default, a list, is copied for each socket into a shared buffer, and keeps all of that in memory.
    ALPNCallback: ({ protocols }) => protocols.find(protocol => protocol === 'http/1.1'),
  })
  server.headersTimeout = LIMITS.handshakeMs
  server.requestTimeout = LIMITS.handshakeMs
  const open = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    // Count every socket from the start: an idle socket before TLS is half open too. Compute the key now: a closed socket no
    // longer has its ports.
    const key = socketKey(socket)
    const arrival: Arrival = {
      address: socket.remoteAddress ?? '',
      at: deps.now(),
      standing: () => (encrypted.has(key) ? 'proof' : socket.bytesRead > 0 ? 'tls' : 'silent'),
      drop: () => void socket.destroy(),
    }
    if (open.size >= mostSockets) {
      const reason = `${open.size} sockets are open, the other file descriptors are reserved (LimitNOFILE)`
      deps.log('link-refused', { address: plainAddress(arrival.address), reason })
      return arrival.drop()
    }
    if (!admission.admit(arrival)) return arrival.drop()
    open.add(socket)
    // After a stall of this process, timers run before sockets are read; read waiting data first.
    const endSilent = (): void => {
      if (socket.bytesRead === 0) socket.destroy()
    }
    const firstByte = setTimeout(() => setImmediate(endSilent), LIMITS.firstByteMs)
    const deadline = setTimeout(() => socket.destroy(), LIMITS.handshakeMs)
    const release = (): void => {
      clearTimeout(firstByte)
      clearTimeout(deadline)
      admission.release(arrival)
    }
    unproven.set(key, release)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      release()
      open.delete(socket)
      unproven.delete(key)
      encrypted.delete(key)
    })
  })
  /** What to do when a socket proves a key, by socket. */
  const unproven = new Map<string, () => void>()
  const encrypted = new Set<string>()
  server.on('secureConnection', (socket: TLSSocket) => {
    const key = socketKey(socket)
    if (unproven.has(key)) encrypted.add(key)
  })
  server.on('tlsClientError', (_error, socket) => socket.destroy())
  server.on('request', (_request, response) => response.writeHead(404, { connection: 'close' }).end())
  server.on('upgrade', (request, socket: Duplex, head) => {
    if (request.url !== PATH) return void socket.destroy()
    const tls = socket as TLSSocket
    sockets.handleUpgrade(request, socket, head, websocket => {
      const key = socketKey(tls)
      greet(websocket, tls, () => unproven.get(key)?.())
    })
  })

  function greet(websocket: WebSocket, tls: TLSSocket, onProven: () => void): void {
    const address = plainAddress(tls.remoteAddress ?? '')
    const gate = new Authenticator(deps, deps.exporter(tls), address)
    let isDeciding = false
    websocket.on('error', () => websocket.terminate())
    const refuse = (refusal: Extract<GateStep, { readonly do: 'refuse' }>): void => {
      deps.log('link-refused', { address, reason: refusal.reason })
      if (refusal.usedTwice !== undefined) {
        deps.log('link-key-used-twice', { minion: refusal.usedTwice, address, reason: refusal.reason })
        links.get(refusal.usedTwice)?.close('two hosts have its key')
      }
      if (refusal.message !== undefined) websocket.send(encodeMessage(refusal.message), () => websocket.terminate())
      else websocket.terminate()
    }
    const onMessage = (data: Buffer, isBinary: boolean): void => {
      if (!isBinary) return refuse({ do: 'refuse', message: undefined, reason: 'a text frame' })
      if (isDeciding) return refuse({ do: 'refuse', message: undefined, reason: 'a message after its proof' })
      const step = gate.take(viewOf(data))
      if (step.do === 'refuse') return refuse(step)
      if (step.do === 'reply') return websocket.send(encodeMessage(step.message))
      isDeciding = true
      const decide = (): GateVerdict => {
        const verdict = step.decide()
        if (verdict.do === 'open') remember(address, verdict.proven.minion)
        return verdict
      }
      deps.commits.add(decide, result => act(verdictOf(result)))
    }
    const act = (verdict: GateVerdict): void => {
      if (verdict.do === 'refuse') return refuse(verdict)
      const { proven, message } = verdict
      // While the verdict was written, the peer may have disconnected, or an operator may have revoked its key.
      if (websocket.readyState !== websocket.OPEN) return
      if (deps.keys.accepted(proven.minion)?.fingerprint !== proven.fingerprint) {
        return refuse({ do: 'refuse', message: { type: 'denied' }, reason: 'the key was revoked during the handshake' })
      }
      websocket.off('message', onMessage)
      onProven()
      websocket.send(encodeMessage(message))
      // Only a full proof replaces an older link of the same minion.
      links.get(proven.minion)?.close('replaced by a newer connection')
      const link = new MinionLink(websocket, proven, { address, now: deps.now() }, { ...deps, turns, onGone })
      links.set(proven.minion, link)
      deps.listener.add(link)
    }
    websocket.on('message', onMessage)
  }

  function remember(address: string, minion: MinionId): void {
    try {
      deps.sources.proved(sourceOf(address), minion)
    } catch (thrown) {
      // A full disk must not keep out a minion that has proved its key.
      deps.log('source-not-stored', { minion, address, message: problemsOf(thrown)[0].message })
    }
  }

  function onGone(link: MinionLink, reason: string): void {
    if (links.get(link.peer.minion) === link) links.delete(link.peer.minion)
    deps.listener.remove(link, reason)
  }

  await listenOn(server, listen)
  return {
    port: (server.address() as AddressInfo).port,
    links,
    disconnect: (minion, reason) => links.get(minion)?.close(reason),
    async close() {
      for (const link of links.values()) link.close('the master is stopping')
      const closed = new Promise<void>(resolve => server.close(() => resolve()))
      for (const socket of open) socket.destroy()
      await closed
      incidents.close()
    },
  }
}

function verdictOf(result: () => GateVerdict): GateVerdict {
  try {
    return result()
  } catch (thrown) {
    return { do: 'refuse', message: undefined, reason: problemsOf(thrown)[0].message }
  }
}

/** Identifies a connection: its TLS and TCP sockets have the same ports. */
function socketKey(socket: Socket): string {
  return `${socket.remoteAddress}|${socket.remotePort}|${socket.localPort}`
}

async function listenOn(
  server: Server,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why = error.code === 'EADDRINUSE' ? 'another program uses the port' : error.message
      reject(
        new AppError(
          {
            code: 'LISTEN_FAILED',
            message: `cannot listen on ${formatHostPort({ host, port })}: ${why}`,
            hint: 'Choose another address: `master start --listen ADDRESS:PORT`.',
          },
          { cause: error },
        ),
      )
    })
    server.listen({ host, port }, () => resolve())
  })
}
