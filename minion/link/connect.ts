import { randomBytes } from 'node:crypto'
import type { TLSSocket } from 'node:tls'
import { WebSocket } from 'ws'
import { decodeHandshake, encodeMessage, viewOf } from '../../protocol/codec.ts'
import { AppError } from '../../protocol/errors.ts'
import { checkServerHello, type MinionIdentity, signClientProof } from '../../protocol/handshake.ts'
import type { ClientHello, HandshakeMessage, MasterCertificate } from '../../protocol/handshake-messages.ts'
import { formatHostPort } from '../../protocol/host-port.ts'
import { type JoinToken } from '../../protocol/join-token.ts'
import { LIMITS } from '../../protocol/limits.ts'
import { ed25519PrivateKey } from '../../protocol/signature.ts'
import { SUPPORTED_VERSIONS } from '../../protocol/version.ts'
import type { MinionConfig } from '../config.ts'
import type { DurableNumbers } from './durable-state.ts'
import { createMasterClock, type MasterClock } from './master-clock.ts'

export interface ConnectDeps {
  readonly master: { readonly host: string; readonly port: number }
  /** Local address to connect from; the system chooses if absent. */
  readonly localAddress?: string
  readonly identity: MinionIdentity
  readonly rootHash: Uint8Array
  readonly numbers: Pick<DurableNumbers, 'current' | 'nextCounter' | 'update'>
  readonly join: Pick<JoinToken, 'id' | 'seed'> | undefined
  readonly now: () => number
  /** Monotonic clock, in milliseconds. */
  readonly elapsed: () => number
  /** The channel binding (RFC 9266); always `tlsExporter` except in the control case of the relay test. */
  readonly exporter: (socket: TLSSocket) => Uint8Array
}

/** A connection on which both sides have proved their identity. */
export interface Connection {
  readonly socket: WebSocket
  /** The negotiated version of the wire. */
  readonly version: number
  readonly certificate: MasterCertificate
  /** Follows the handshake and every heartbeat since. */
  readonly masterClock: MasterClock
  readonly localAddress: string | undefined
}

export function tlsExporter(socket: TLSSocket): Uint8Array {
  return new Uint8Array(socket.exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', Buffer.alloc(0)))
}

/** What is needed to recognize the master. */
export type MasterPin = Pick<ConnectDeps, 'master' | 'localAddress' | 'rootHash' | 'numbers' | 'now' | 'exporter'>

export function pinOf(
  { master, root }: Pick<MinionConfig, 'master' | 'root'>,
  numbers: MasterPin['numbers'],
): MasterPin {
  const rootHash = new Uint8Array(Buffer.from(root, 'base64url'))
  return { master, rootHash, numbers, now: Date.now, exporter: tlsExporter }
}

/**
 * Connects and shakes hands; nothing about this minion is sent before the master has proved its identity. Throws
 * MASTER_UNTRUSTED, HANDSHAKE_REFUSED, HANDSHAKE_TIMEOUT, MASTER_UNREACHABLE or PROTOCOL_VERSION_UNSUPPORTED.
 */
export async function connect(deps: ConnectDeps, signal: AbortSignal): Promise<Connection> {
  const { socket, inbox } = openSocket(deps, signal)
  try {
    const { tls, exporter, hello, answer } = await meetMaster(deps, socket, inbox)
    const counter = await deps.numbers.nextCounter()
    const masterKey = Buffer.from(answer.certificate.masterKey).toString('base64')
    await deps.numbers.update({ counter, epoch: answer.certificate.epoch, masterKey })
    const join = deps.join === undefined ? undefined : { token: deps.join.id, key: ed25519PrivateKey(deps.join.seed) }
    socket.send(encodeMessage(signClientProof(deps.identity, { exporter, hello, answer }, counter, join)))
    const verdict = await inbox.next()
    if (verdict.type === 'denied') throw refused()
    if (verdict.type !== 'session') throw odd(verdict)
    const masterClock = createMasterClock(verdict.serverTime, deps.elapsed)
    const localAddress = tls.localAddress?.replace(/^::ffff:/, '')
    const { certificate, version } = answer
    return { socket, version, certificate, masterClock, localAddress }
  } catch (error) {
    socket.terminate()
    throw error
  } finally {
    inbox.close()
  }
}

/**
 * Opens a new connection on which the master proves its identity, and closes it: shows that the master can be reached now
 * without disturbing the session. Throws like `connect`.
 */
export async function probeMaster(pin: MasterPin, signal: AbortSignal): Promise<void> {
  const { socket, inbox } = openSocket(pin, signal)
  try {
    await meetMaster(pin, socket, inbox)
  } finally {
    socket.terminate()
    inbox.close()
  }
}

function openSocket(
  { master: { host, port }, localAddress }: Pick<ConnectDeps, 'master' | 'localAddress'>,
  signal: AbortSignal,
): { readonly socket: WebSocket; readonly inbox: Inbox } {
  const authority = formatHostPort({ host, port })
  const socket = new WebSocket(`wss://${authority}/minion`, {
    // Trust does not come from the certificate, but from identities bound to this TLS session.
    rejectUnauthorized: false,
    minVersion: 'TLSv1.3',
    perMessageDeflate: false,
    maxPayload: LIMITS.frameBytes,
    handshakeTimeout: LIMITS.handshakeMs,
    followRedirects: false,
    // Masking (RFC 6455, 10.3) protects proxies that read plain text. Here TLS hides all, and a mask of zeros costs nothing.
    generateMask: mask => mask.fill(0),
    ...(localAddress === undefined ? {} : { localAddress }),
  })
  return { socket, inbox: new Inbox(socket, authority, signal) }
}

async function meetMaster(
  { exporter: exporterOf, numbers, rootHash, now }: MasterPin,
  socket: WebSocket,
  inbox: Inbox,
) {
  const tls = await inbox.opened()
  const exporter = exporterOf(tls)
  const hello: ClientHello = {
    type: 'client-hello',
    versions: SUPPORTED_VERSIONS,
    role: 'minion',
    nonce: new Uint8Array(randomBytes(32)),
  }
  socket.send(encodeMessage(hello))
  const answer = await inbox.next()
  if (answer.type === 'denied') throw refused()
  if (answer.type !== 'server-hello') throw odd(answer)
  checkServerHello(hello, answer, exporter, { rootHash, lowestEpoch: numbers.current.epoch, now: now() })
  return { tls, exporter, hello, answer }
}

/** The messages of a handshake in order, with one deadline for all. */
class Inbox {
  readonly #socket: WebSocket
  readonly #failed: Promise<never>
  readonly #queue: HandshakeMessage[] = []
  readonly #close: () => void
  #waiting: ((message: HandshakeMessage) => void) | undefined

  constructor(socket: WebSocket, where: string, signal: AbortSignal) {
    this.#socket = socket
    let fail: (error: unknown) => void = () => undefined
    this.#failed = new Promise<never>((_resolve, reject) => {
      fail = reject
    })
    this.#failed.catch(() => undefined)
    const timer = setTimeout(() => {
      fail(
        new AppError({
          code: 'HANDSHAKE_TIMEOUT',
          message: `${where} did not finish the handshake within ${LIMITS.handshakeMs / 1000} s`,
          hint: 'Check that a master listens there: `master status` on it.',
        }),
      )
    }, LIMITS.handshakeMs)
    const onError = (error: Error): void => fail(unreachable(where, error.message, error))
    const onClose = (): void => fail(unreachable(where, 'the connection was closed'))
    const onAbort = (): void => fail(signal.reason)
    const onMessage = (data: Buffer): void => {
      try {
        const message = decodeHandshake(viewOf(data))
        const waiting = this.#waiting
        this.#waiting = undefined
        if (waiting === undefined) this.#queue.push(message)
        else waiting(message)
        // Messages after the verdict belong to the session, whose listener is not attached yet.
        if (message.type === 'session') socket.pause()
      } catch (error) {
        fail(error)
      }
    }
    // An error can occur after the listener below was removed.
    socket.on('error', () => undefined)
    socket.on('error', onError)
    socket.on('close', onClose)
    socket.on('message', onMessage)
    signal.addEventListener('abort', onAbort, { once: true })
    this.#close = () => {
      clearTimeout(timer)
      socket.off('error', onError)
      socket.off('close', onClose)
      socket.off('message', onMessage)
      signal.removeEventListener('abort', onAbort)
    }
  }

  async opened(): Promise<TLSSocket> {
    const tls = new Promise<TLSSocket>(resolve => {
      this.#socket.on('upgrade', response => resolve(response.socket as TLSSocket))
    })
    await Promise.race([new Promise<void>(resolve => this.#socket.once('open', () => resolve())), this.#failed])
    return tls
  }

  next(): Promise<HandshakeMessage> {
    const queued = this.#queue.shift()
    if (queued !== undefined) return Promise.resolve(queued)
    const next = new Promise<HandshakeMessage>(resolve => {
      this.#waiting = resolve
    })
    return Promise.race([next, this.#failed])
  }

  close(): void {
    this.#close()
  }
}

function refused(): AppError {
  return new AppError({
    code: 'HANDSHAKE_REFUSED',
    message:
      'the master refused this minion: its key is not accepted yet or was revoked, or its join token is not valid',
    hint: 'Compare the fingerprint on the master: `master keys`.',
  })
}

function odd(message: HandshakeMessage): AppError {
  return new AppError({
    code: 'MESSAGE_INVALID',
    message: `the master sent \`${message.type}\` out of order`,
  })
}

function unreachable(where: string, why: string, cause?: unknown): AppError {
  return new AppError(
    {
      code: 'MASTER_UNREACHABLE',
      message: `cannot reach the master at ${where}: ${why}`,
      hint: 'Check the address, the network, and that the master is running.',
    },
    { cause },
  )
}
