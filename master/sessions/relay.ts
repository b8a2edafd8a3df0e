import type { ChannelEnd, ChannelFromMinion, ChannelStream, ChannelToMinion } from '../../protocol/channel.ts'
import { AppError, type Problem, problemsOf } from '../../protocol/errors.ts'
import type { MinionId } from '../../protocol/ids.ts'
import { SendWindow } from '../../protocol/window.ts'

/** Records a terminal while it is relayed. Its methods must not throw or wait. */
export interface Witness {
  output(bytes: Uint8Array): void
  resize(size: { readonly columns: number; readonly rows: number }): void
}

interface RelayDeps {
  readonly minion: MinionId
  /** Channel numbers on the operator's side and on the link. */
  readonly near: number
  readonly far: number
  readonly toOperator: (message: ChannelFromMinion) => void
  readonly toMinion: (message: ChannelToMinion) => void
  readonly witness?: Witness | undefined
  /** How long the minion may take to open or to close the channel. */
  readonly patienceMs: number
  /** The window of each stream, which both ends know. */
  readonly window: number
}

/** How a relayed session ended. */
export interface RelayEnd {
  readonly end: ChannelEnd
  readonly bytesIn: number
  readonly bytesOut: number
}

/**
 * One session between an operator and a minion. Bytes are relayed as they arrive: both ends limit each other by credit, and the
 * relay, which sees both, ends a session that sends without. So at most one window per stream waits in this process.
 */
export class Relay {
  readonly minion: MinionId
  readonly ended: Promise<RelayEnd>
  readonly #deps: RelayDeps
  readonly #windows: { readonly [Stream in ChannelStream]: SendWindow }
  readonly #finish: (end: RelayEnd) => void
  /** Streams whose end has been sent. */
  readonly #complete = new Set<ChannelStream>()
  /** Messages of the operator that arrived before the minion was ready for them. */
  #early: ChannelToMinion[] | undefined = []
  #bytes = { in: 0, out: 0 }
  #over = false
  #reason: Problem | undefined
  #patience: NodeJS.Timeout | undefined

  constructor(deps: RelayDeps) {
    this.#deps = deps
    this.minion = deps.minion
    const { window } = deps
    this.#windows = { in: new SendWindow(window), out: new SendWindow(window), err: new SendWindow(window) }
    const { promise, resolve } = Promise.withResolvers<RelayEnd>()
    this.ended = promise
    this.#finish = resolve
    this.#patience = setTimeout(() => this.close(silent(deps.minion)), deps.patienceMs)
  }

  /** True after its last message. */
  get isOver(): boolean {
    return this.#over
  }

  fromMinion(message: ChannelFromMinion): void {
    if (this.#over) return
    const { near: channel, toOperator, witness } = this.#deps
    try {
      if (message.type === 'channel-ended') return this.#end(message.end)
      // The minion was asked to close: only its last message matters.
      if (this.#reason !== undefined) return
      if (message.type === 'channel-opened') return this.#opened()
      if (message.type === 'channel-data') {
        this.#spend(message.stream, message.data.length)
        this.#bytes.out += message.data.length
        if (message.stream === 'out') witness?.output(message.data)
      } else if (message.type === 'channel-credit') {
        this.#windows.in.grant(message.bytes)
      } else {
        this.#endOf(message.stream)
      }
      toOperator({ ...message, channel })
    } catch (thrown) {
      this.close(problemsOf(thrown)[0])
    }
  }

  fromOperator(message: ChannelToMinion): void {
    if (this.#over || this.#reason !== undefined) return
    try {
      if (message.type === 'channel-close') return this.close(gone())
      if (message.type === 'channel-data') {
        this.#spend('in', message.data.length)
        this.#bytes.in += message.data.length
      } else if (message.type === 'channel-credit') {
        this.#windows[message.stream].grant(message.bytes)
      } else if (message.type === 'channel-eof') {
        this.#endOf('in')
      } else if (message.type === 'channel-resize') {
        this.#deps.witness?.resize({ columns: message.columns, rows: message.rows })
      }
      const outward = { ...message, channel: this.#deps.far }
      if (this.#early === undefined) return this.#deps.toMinion(outward)
      if (this.#early.length >= MOST_EARLY)
        throw new AppError({ code: 'MESSAGE_INVALID', message: 'too much too early' })
      this.#early.push(outward)
    } catch (thrown) {
      this.close(problemsOf(thrown)[0])
    }
  }

  /** Asks the minion to end the session. It is over when the minion confirms that, or after a timeout. */
  close(reason: Problem): void {
    if (this.#over || this.#reason !== undefined) return
    this.#reason = reason
    this.#early = []
    clearTimeout(this.#patience)
    this.#patience = setTimeout(() => this.#end({ problem: reason }), this.#deps.patienceMs)
    this.#deps.toMinion({ type: 'channel-close', channel: this.#deps.far })
  }

  /** Ends the session after its link was lost, which also ends what ran on the minion. */
  lost(): void {
    this.fail({
      code: 'SESSION_LOST',
      message: `the connection to \`${this.minion}\` was lost`,
      hint: 'Its programs on the minion were ended too.',
    })
  }

  /** Ends the session at once: nothing runs on the minion. */
  fail(problem: Problem): void {
    this.#end({ problem })
  }

  #spend(stream: ChannelStream, bytes: number): void {
    if (bytes === 0 || this.#complete.has(stream)) throw uncounted(`data on \`${stream}\``)
    this.#windows[stream].spend(bytes)
  }

  #endOf(stream: ChannelStream): void {
    if (this.#complete.has(stream)) throw uncounted(`the end of \`${stream}\``)
    this.#complete.add(stream)
  }

  #opened(): void {
    if (this.#early === undefined) throw uncounted('the opening')
    clearTimeout(this.#patience)
    const early = this.#early
    this.#early = undefined
    this.#deps.toOperator({ type: 'channel-opened', channel: this.#deps.near })
    for (const message of early ?? []) this.#deps.toMinion(message)
  }

  #end(told: ChannelEnd): void {
    if (this.#over) return
    this.#over = true
    clearTimeout(this.#patience)
    const end = this.#reason === undefined ? told : { problem: this.#reason }
    this.#deps.toOperator({ type: 'channel-ended', channel: this.#deps.near, end })
    this.#finish({ end, bytesIn: this.#bytes.in, bytesOut: this.#bytes.out })
  }
}

/** Maximum number of messages, all small, that an operator's side may send before its channel is open. */
const MOST_EARLY = 10_000

/**
 * Creates the error for a repeated message that no credit limits: with a side that does not read, such messages would pile up
 * here.
 */
function uncounted(what: string): AppError {
  return new AppError({ code: 'MESSAGE_INVALID', message: `${what} of a channel was received twice, or after its end` })
}

function gone(): Problem {
  return { code: 'SESSION_LOST', message: 'the operator disconnected' }
}

function silent(minion: string): Problem {
  return {
    code: 'SESSION_LOST',
    message: `\`${minion}\` did not respond to the request for a session`,
    hint: `Check it with \`master ping ${minion}\`.`,
  }
}
