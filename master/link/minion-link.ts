import { WebSocket } from 'ws'
import { clockText } from '../../protocol/clock-text.ts'
import { decodeFromMinion, encodeMessage, viewOf } from '../../protocol/codec.ts'
import { AppError, problemsOf } from '../../protocol/errors.ts'
import { OwnDelay } from '../../protocol/held-up.ts'
import type { Sha256 } from '../../protocol/ids.ts'
import { LIMITS } from '../../protocol/limits.ts'
import { MessageSender } from '../../protocol/message-sender.ts'
import type { BlobChunk, FromMaster, FromMinion } from '../../protocol/messages.ts'
import { knowsMessage } from '../../protocol/version.ts'
import type { Announcement, Hello } from './announcement.ts'
import type { ProvenMinion } from './authenticator.ts'
import type { BudgetKind, PeerBudgets } from './peer-budgets.ts'
import { type ReportDeps, ReportReceiver } from './report-receiver.ts'
import type { Turn, Turns } from './turns.ts'

/** Handles the links of minions. */
export interface LinkListener {
  /** Called when a minion has proved its key. */
  add(link: MinionLink): void
  /** Called with the hello. Resolves when it is on disk; the link handles no other message before. */
  greet(link: MinionLink, hello: Hello): Promise<void>
  hear(link: MinionLink, message: Announcement): void
  remove(link: MinionLink, reason: string): void
}

export interface MinionLinkDeps extends ReportDeps {
  readonly listener: Pick<LinkListener, 'greet' | 'hear'>
  readonly onGone: (link: MinionLink, reason: string) => void
  /** Reads a chunk of a blob that an order to this minion references; undefined when there is none at this offset. */
  readonly readChunk: (sha256: Sha256, offset: number) => Promise<BlobChunk | undefined>
  readonly budgets: PeerBudgets
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** The queue shared by all links. */
  readonly turns: Turns
}

/** Waiting messages of one link at which its socket is paused. */
const WAITING = 64

/** The connection of one proven minion. Its identity comes from the proof, never from a message. */
export class MinionLink {
  readonly peer: ProvenMinion
  readonly address: string
  readonly connectedAt: number
  readonly #socket: WebSocket
  readonly #sender: MessageSender<FromMaster>
  readonly #deps: MinionLinkDeps
  readonly #allowed = new Set<Sha256>()
  readonly #reports: ReportReceiver
  readonly #heartbeat: NodeJS.Timeout
  readonly #delay = new OwnDelay(() => performance.now())
  readonly #turn: Turn
  #alive = true
  /** When the heartbeat was sent that has no answer yet. */
  #askedMs: number | undefined
  #roundTripMs: number | undefined
  #gone = false
  #greeted = false
  /** What came while the hello is written: until then, the link does not know which content it may serve. */
  #held: (() => void)[] | undefined
  #boot: NodeJS.Timeout | undefined
  /** Set while the link is paused because its key has used up its share of the event loop. */
  #pause: NodeJS.Timeout | undefined
  #isRead = true
  #blobBytes = 0

  constructor(
    socket: WebSocket,
    peer: ProvenMinion,
    origin: { readonly address: string; readonly now: number },
    deps: MinionLinkDeps,
  ) {
    this.peer = peer
    this.address = origin.address
    this.connectedAt = origin.now
    this.#socket = socket
    this.#sender = new MessageSender(socket, encodeMessage)
    this.#deps = deps
    this.#reports = new ReportReceiver(peer, this, deps)
    this.#turn = deps.turns.of()
    socket.on('message', (data: Buffer, isBinary) => {
      this.#alive = true
      this.#turn.add(() => this.#take(data, isBinary))
      this.#readOrNot()
    })
    socket.on('pong', () => {
      this.#alive = true
      if (this.#askedMs === undefined) return
      this.#roundTripMs = Math.min(this.#roundTripMs ?? Number.POSITIVE_INFINITY, performance.now() - this.#askedMs)
      this.#askedMs = undefined
    })
    // After messages that arrived before.
    socket.on('close', () => this.#turn.add(() => this.#end('the socket closed')))
    socket.on('error', error => this.close(`the socket failed: ${error.message}`))
    this.#heartbeat = setInterval(() => this.#beat(), LIMITS.heartbeatMs)
  }

  /** The shortest answer to a heartbeat so far; undefined before the first one. */
  get roundTripMs(): number | undefined {
    return this.#roundTripMs
  }

  /** Sends a message. False when the connection is gone or the minion's version of the wire does not have this message. */
  send(message: FromMaster, onSent?: () => void): boolean {
    if (this.#gone || this.#socket.readyState !== WebSocket.OPEN) return false
    if (!knowsMessage(this.peer.version, `master/${message.type}`)) return false
    this.#sender.send(message, onSent)
    if (this.#socket.bufferedAmount <= LIMITS.unreadBytes) return true
    this.close('it does not read what it is sent')
    return false
  }

  /** Sends a heartbeat with the master's time, which the minion uses to judge whether an order has expired. */
  tellTime(): void {
    if (this.#gone || this.#socket.readyState !== WebSocket.OPEN) return
    this.#askedMs ??= performance.now()
    this.#socket.ping(clockText(this.#deps.now()))
  }

  /** Allows the minion to fetch these blobs, which an order to it references. */
  allow(hashes: Iterable<Sha256>): void {
    for (const hash of hashes) this.#allowed.add(hash)
  }

  /** Logs why a message could not be handled, and closes the connection. */
  fail(error: unknown): void {
    const [problem] = problemsOf(error)
    this.#deps.log('link-message-refused', { minion: this.peer.minion, code: problem.code, message: problem.message })
    this.close(problem.message)
  }

  /** Closes the connection at once. */
  close(reason: string): void {
    this.#socket.terminate()
    this.#end(reason)
  }

  #take(data: Buffer, isBinary: boolean): void {
    if (this.#held !== undefined) return void this.#held.push(() => this.#take(data, isBinary))
    const began = performance.now()
    try {
      if (!isBinary) throw new Error('a text frame')
      const message = decodeFromMinion(viewOf(data))
      switch (message.type) {
        case 'blob-get':
          return this.#serve(message.sha256, message.offset)
        case 'hello':
          if (this.#greeted) throw new AppError({ code: 'MESSAGE_INVALID', message: 'a second greeting' })
          if (!this.#may('about')) throw tooOften(message)
          this.#greeted = true
          return void this.#greet(message)
        case 'grains':
          return this.#announced(message)
        case 'boot':
          return this.#askedForBoot(message)
        case 'report-offer':
          // The minion keeps a report that is not fetched and offers it again.
          if (this.#may('offer')) this.#reports.offered(message)
          else this.#deps.log('report-offer-put-off', { minion: this.peer.minion, run: message.run })
          return
        case 'blob-chunk':
          this.#reports.chunk(message).catch((error: unknown) => this.fail(error))
          return
        case 'progress':
          if (this.#may('progress')) this.#deps.listener.hear(this, message)
          else this.#deps.log('link-progress-dropped', { minion: this.peer.minion, run: message.run })
          return
        case 'accepted':
        case 'refused':
        case 'running':
        case 'pong':
          if (!this.#may('news')) throw tooOften(message)
          return this.#deps.listener.hear(this, message)
        default:
          return this.#deps.listener.hear(this, message)
      }
    } catch (error) {
      this.fail(error)
    } finally {
      this.#throttle(performance.now() - began)
      this.#readOrNot()
    }
  }

  /** Pauses a link that uses more than its share of the event loop. */
  #throttle(usedMs: number): void {
    const { budgets, now } = this.#deps
    const key = this.peer.fingerprint
    budgets.charge('loop', key, now(), usedMs)
    const waitMs = budgets.waitMs('loop', key, now())
    if (waitMs === 0 || this.#pause !== undefined || this.#gone) return
    this.#pause = setTimeout(() => {
      this.#pause = undefined
      this.#readOrNot()
    }, waitMs)
    this.#readOrNot()
  }

  /** Pauses or resumes the socket. While it is paused, data stays in the buffers of the kernel and the peer waits. */
  #readOrNot(): void {
    const shouldRead = this.#pause === undefined && this.#held === undefined && this.#turn.waiting < WAITING
    if (shouldRead === this.#isRead || this.#gone) return
    this.#isRead = shouldRead
    if (shouldRead) this.#socket.resume()
    else this.#socket.pause()
  }

  #may(kind: BudgetKind): boolean {
    return this.#deps.budgets.take(kind, this.peer.fingerprint, this.#deps.now())
  }

  async #greet(hello: Hello): Promise<void> {
    const held: (() => void)[] = []
    this.#held = held
    await this.#deps.listener.greet(this, hello).catch((error: unknown) => this.fail(error))
    this.#held = undefined
    if (this.#gone) return
    for (const take of held) this.#turn.add(take)
    this.#readOrNot()
  }

  /** Passes an announcement on, within a budget: each costs a disk write. */
  #announced(message: Announcement): void {
    if (!this.#may('about')) throw tooOften(message)
    this.#deps.listener.hear(this, message)
  }

  /**
   * Passes a boot request on, within a budget: each may cost a compile. An early request is answered later, and of several only
   * the last.
   */
  #askedForBoot(message: Announcement): void {
    if (!this.#may('about')) throw tooOften(message)
    clearTimeout(this.#boot)
    const answer = (): void => {
      const { budgets, now } = this.#deps
      // A refused request updates the time of the budget, so that a clock that was set back does not block it.
      if (this.#may('boot')) return this.#deps.listener.hear(this, message)
      const waitMs = budgets.waitMs('boot', this.peer.fingerprint, now())
      this.#boot = setTimeout(answer, Math.max(1, waitMs))
    }
    answer()
  }

  #serve(sha256: Sha256, offset: number): void {
    if (this.#blobBytes > LIMITS.blobBytesOnTheWay) {
      throw new AppError({ code: 'MESSAGE_INVALID', message: 'it asks for more than it reads' })
    }
    if (!this.#allowed.has(sha256)) return this.#refuse(sha256, offset)
    // Count before reading: blobs being read for a minion that does not receive fill the memory too.
    const length = LIMITS.chunkBytes
    this.#blobBytes += length
    const done = (): void => {
      this.#blobBytes -= length
    }
    this.#deps
      .readChunk(sha256, offset)
      .catch((error: unknown) => {
        this.#deps.log('link-blob-unreadable', { minion: this.peer.minion, sha256, ...problemsOf(error)[0] })
        return undefined
      })
      .then(chunk => {
        if (chunk !== undefined) return void this.send(chunk, done)
        done()
        this.#refuse(sha256, offset)
      })
      .catch((error: unknown) => this.fail(error))
  }

  #refuse(sha256: Sha256, offset: number): void {
    this.#deps.log('link-blob-refused', { minion: this.peer.minion, sha256, offset })
    if (this.#may('refusedBlob')) return void this.send({ type: 'blob-refused', sha256 })
    throw new AppError({ code: 'MESSAGE_INVALID', message: 'it asks too often for content that no order names' })
  }

  #beat(): void {
    const excused = this.#delay.excuses(LIMITS.heartbeatMs)
    if (!this.#alive && !excused) return this.close('no answer to two heartbeats')
    // While the socket is paused, the minion's answer may be waiting unread.
    this.#alive = !this.#isRead
    this.#sender.trim()
    this.tellTime()
  }

  #end(reason: string): void {
    if (this.#gone) return
    this.#gone = true
    clearInterval(this.#heartbeat)
    clearTimeout(this.#boot)
    clearTimeout(this.#pause)
    this.#turn.clear()
    this.#deps.onGone(this, reason)
  }
}

function tooOften({ type }: Pick<FromMinion, 'type'>): AppError {
  return new AppError({ code: 'MESSAGE_INVALID', message: `it sends \`${type}\` too often` })
}
