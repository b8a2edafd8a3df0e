import { setTimeout as pause } from 'node:timers/promises'
import type { WebSocket } from 'ws'
import { BackPressure } from '../../protocol/back-pressure.ts'
import { chunkAt } from '../../protocol/blob-transfer.ts'
import { sha256Of } from '../../protocol/catalog.ts'
import { clockOf } from '../../protocol/clock-text.ts'
import { decodeFromMaster, encodeMessage, viewOf } from '../../protocol/codec.ts'
import { problemsOf } from '../../protocol/errors.ts'
import { fitReport } from '../../protocol/fit-report.ts'
import { OwnDelay } from '../../protocol/held-up.ts'
import type { RunId, Sha256 } from '../../protocol/ids.ts'
import { LIMITS } from '../../protocol/limits.ts'
import { MessageSender } from '../../protocol/message-sender.ts'
import type { FromMaster, FromMinion } from '../../protocol/messages.ts'
import { signReport } from '../../protocol/order.ts'
import { decodeReport } from '../../protocol/report-codec.ts'
import { knowsMessage } from '../../protocol/version.ts'
import { nobodyListens, Reconnects } from './backoff.ts'
import { BlobFetcher } from './blob-fetcher.ts'
import { type ConnectDeps, type Connection, connect } from './connect.ts'
import type { Outbox } from './outbox.ts'
import { type RefusedListener, setAside, setAsideAgain } from './set-aside.ts'

/** Messages of the master that the link passes on. */
type Heard = Exclude<FromMaster, { type: 'blob-chunk' | 'blob-refused' | 'blob-want' | `report-${string}` | 'ping' }>

/** Receives the events of the link. */
export interface LinkListener extends RefusedListener {
  /** Both sides have proved their identity; send `hello` first. */
  onReady(connection: Connection): Promise<void>
  onMessage(message: Heard, connection: Connection): void
  onLost(): void
  /** Called when an attempt has ended, whether the link is ready or not. */
  onTried(): void
}

export interface LinkClientDeps extends ConnectDeps {
  readonly outbox: Outbox
  readonly listener: LinkListener
  readonly log: (event: string, data: { readonly [key: string]: unknown }) => void
  /** Between 0 and 1. */
  readonly random: () => number
}

/** How often spooled reports are offered again while the master has not stored them. */
const OFFER_AGAIN_MS = 30_000
const REPORTS_WAIT =
  'The master did not accept them, for example because its disk is full or the daily quota is used up. The minion keeps them and sends them again.'
/** Bytes; a shorter report would carry no information. */
const SMALLEST_REPORT = 64 * 1024
/** Websocket close code for an end that goes away, and how long the other end has to confirm it. */
const GOING_AWAY = 1001
const CLOSES_WITHIN_MS = 1_000

/** The connection of a minion to its master, reestablished whenever it is lost. */
export class LinkClient {
  readonly #deps: LinkClientDeps
  /** Fetches blobs of the master over whatever connection there is. */
  readonly blobs = new BlobFetcher(this)
  /** Runs whose reports are offered to the master, and the hash of each report. */
  readonly #offered = new Map<Sha256, RunId>()
  readonly #hashes = new Map<RunId, Sha256>()
  /** The two reports read last: the master fetches no more at once, and there can be thousands on disk. */
  readonly #inMemory = new Map<Sha256, Uint8Array>()
  /** Consecutive offers after which reports were left. */
  #roundsLeft = 0
  #connection: Connection | undefined
  #pressure: BackPressure | undefined
  #sender: MessageSender<FromMinion> | undefined

  constructor(deps: LinkClientDeps) {
    this.#deps = deps
  }

  get connected(): boolean {
    return this.#connection !== undefined
  }

  /** Connects and stays connected until the signal aborts. Never throws because of the network or the master. */
  async run(signal: AbortSignal): Promise<void> {
    const { log, random, elapsed, listener } = this.#deps
    const reconnects = new Reconnects(elapsed, random)
    while (!signal.aborted) {
      let delayMs: number
      try {
        const connection = await connect(this.#deps, signal)
        await this.#serve(connection, signal)
        log('link-lost', {})
        delayMs = reconnects.lost()
      } catch (error) {
        if (signal.aborted) return
        const [problem] = problemsOf(error)
        log('link-failed', { code: problem.code, message: problem.message, hint: problem.hint })
        delayMs = reconnects.failed({ nobodyListens: nobodyListens(error) })
        listener.onTried()
      }
      if (signal.aborted) return
      await pause(delayMs, undefined, { signal }).catch(() => undefined)
    }
  }

  /**
   * Sends a message. False when there is no connection or the master's version of the wire does not have this message; anything
   * that must not be lost goes through the outbox.
   */
  send(message: FromMinion): boolean {
    if (this.#connection === undefined || !knowsMessage(this.#connection.version, `minion/${message.type}`))
      return false
    this.#sender?.send(message, this.#pressure?.sent)
    return true
  }

  /** Waits while the socket's buffer is full, for large transfers. Undefined: send now. */
  room(): Promise<void> | undefined {
    return this.#pressure?.room()
  }

  /** Offers reports, by default all spooled ones; the master answers with those it wants. */
  async offerReports(only?: readonly RunId[]): Promise<void> {
    const { outbox, identity } = this.#deps
    for (const run of only ?? (await outbox.list())) {
      const bytes = await outbox.read(run)
      if (bytes === undefined) continue
      const sha256 = sha256Of(bytes)
      this.#offered.set(sha256, run)
      this.#hashes.set(run, sha256)
      this.#remember(sha256, bytes)
      const signature = signReport(identity.identityKey, run, sha256)
      this.send({ type: 'report-offer', run, sha256, size: bytes.length, signature })
    }
  }

  async #serve(connection: Connection, signal: AbortSignal): Promise<void> {
    const { socket } = connection
    const lost = this.#watch(connection, signal)
    this.#connection = connection
    this.#pressure = new BackPressure(socket)
    this.#sender = new MessageSender(socket, encodeMessage)
    const again = setInterval(() => void this.#offerQuietly(), OFFER_AGAIN_MS)
    try {
      await this.#deps.listener.onReady(connection)
      socket.resume()
      this.#deps.listener.onTried()
      this.blobs.resume()
      await this.#offerQuietly()
      await lost
    } finally {
      clearInterval(again)
      this.#connection = undefined
      socket.terminate()
      this.#pressure.end()
      this.#deps.listener.onLost()
    }
  }

  /** Resolves when the connection is over: closed, silent for two heartbeats, an invalid message, or stopped. */
  #watch(connection: Connection, signal: AbortSignal): Promise<void> {
    const { socket } = connection
    return new Promise(resolve => {
      let timer: NodeJS.Timeout | undefined
      const delay = new OwnDelay(this.#deps.elapsed)
      const wait = (ms: number): void => {
        clearTimeout(timer)
        timer = setTimeout(() => {
          if (delay.excuses(ms)) wait(LIMITS.heartbeatMs)
          else socket.terminate()
        }, ms)
      }
      const onMessage = (): void => {
        if (signal.aborted) return
        delay.begin()
        wait(2.5 * LIMITS.heartbeatMs)
      }
      // Messages sent last, such as how a session ended, still go out.
      const stop = (): void => {
        socket.close(GOING_AWAY)
        clearTimeout(timer)
        timer = setTimeout(() => socket.terminate(), CLOSES_WITHIN_MS)
      }
      onMessage()
      socket.on('ping', (data: Buffer) => {
        onMessage()
        this.#sender?.trim()
        const masterMs = clockOf(data)
        if (masterMs !== undefined) connection.masterClock.reported(masterMs)
      })
      socket.on('message', (data: Buffer) => {
        onMessage()
        if (!signal.aborted) this.#take(viewOf(data), connection)
      })
      signal.addEventListener('abort', stop, { once: true })
      socket.on('close', () => {
        clearTimeout(timer)
        signal.removeEventListener('abort', stop)
        resolve()
      })
    })
  }

  #take(bytes: Uint8Array, connection: Connection): void {
    try {
      const message = decodeFromMaster(bytes)
      switch (message.type) {
        case 'ping':
          return void this.send({ type: 'pong', nonce: message.nonce })
        case 'blob-chunk':
          return this.blobs.take(message)
        case 'blob-refused':
          return this.blobs.refused(message.sha256)
        case 'blob-want':
          return void this.#serveBlob(message.sha256, message.offset, connection.socket)
        case 'report-stored':
          return void this.#settled(message.run)
        case 'report-refused':
          this.#deps.log('report-refused', { run: message.run, ...message.problem })
          if (message.problem.code === 'REPORT_TOO_LARGE') return void this.#shorten(message.run)
          return void this.#settled(message.run, 'refused')
        default:
          return this.#deps.listener.onMessage(message, connection)
      }
    } catch (error) {
      const [problem] = problemsOf(error)
      this.#deps.log('link-message-refused', { code: problem.code, message: problem.message })
      connection.socket.terminate()
    }
  }

  async #serveBlob(sha256: Sha256, offset: number, socket: WebSocket): Promise<void> {
    try {
      let bytes = this.#inMemory.get(sha256)
      const run = this.#offered.get(sha256)
      if (bytes === undefined && run !== undefined) bytes = await this.#deps.outbox.read(run)
      if (bytes === undefined) return
      this.#remember(sha256, bytes)
      const chunk = chunkAt(sha256, bytes, offset)
      if (chunk !== undefined) socket.send(encodeMessage(chunk))
    } catch (error) {
      this.#deps.log('outbox-failed', { message: problemsOf(error)[0].message })
    }
  }

  #remember(sha256: Sha256, bytes: Uint8Array): void {
    this.#inMemory.delete(sha256)
    this.#inMemory.set(sha256, bytes)
    const [oldest] = this.#inMemory.keys()
    if (this.#inMemory.size > 2 && oldest !== undefined) this.#inMemory.delete(oldest)
  }

  #forget(run: RunId): void {
    const sha256 = this.#hashes.get(run)
    if (sha256 === undefined) return
    this.#hashes.delete(run)
    this.#offered.delete(sha256)
    this.#inMemory.delete(sha256)
  }

  async #settled(run: RunId, how: 'stored' | 'refused' = 'stored'): Promise<void> {
    try {
      this.#forget(run)
      if (how === 'stored') await this.#deps.outbox.delete(run)
      else await setAside(this.#deps, run)
    } catch (error) {
      this.#deps.log('outbox-failed', { message: problemsOf(error)[0].message })
    }
  }

  /** Handles a report that is too large for the master: offers a form of half the size, until it would carry no information. */
  async #shorten(run: RunId): Promise<void> {
    try {
      const bytes = await this.#deps.outbox.read(run)
      if (bytes === undefined) return
      const size = Math.min(LIMITS.reportBytes, Math.floor(bytes.length / 2))
      if (size < SMALLEST_REPORT) return await this.#settled(run, 'refused')
      const shorter = fitReport(decodeReport(bytes), size)
      if (shorter.length >= bytes.length) return await this.#settled(run, 'refused')
      this.#forget(run)
      await this.#deps.outbox.replace(run, shorter)
      this.#deps.log('report-shortened', { run, from: bytes.length, to: shorter.length })
      await this.offerReports([run])
    } catch (error) {
      this.#deps.log('outbox-failed', { message: problemsOf(error)[0].message })
    }
  }

  async #offerQuietly(): Promise<void> {
    try {
      await setAsideAgain(this.#deps)
      const waiting = (await this.#deps.outbox.list()).length
      await this.offerReports()
      this.#roundsLeft = waiting === 0 ? 0 : this.#roundsLeft + 1
      // Five minutes after the first one, then hourly.
      if (this.#roundsLeft % 120 === 10) this.#deps.log('reports-wait', { reports: waiting, hint: REPORTS_WAIT })
    } catch (error) {
      this.#deps.log('outbox-failed', { message: problemsOf(error)[0].message })
    }
  }
}
