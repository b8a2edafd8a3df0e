import type { ChannelEnd, ChannelFromMinion, ChannelToMinion } from '../../protocol/channel.ts'
import { AppError, problemsOf } from '../../protocol/errors.ts'
import type { SessionId } from '../../protocol/ids.ts'
import { LIMITS } from '../../protocol/limits.ts'
import type { OpenPayload } from '../../protocol/order.ts'
import type { SessionRequest } from '../../protocol/session-request.ts'
import type { SessionRules } from '../config.ts'
import type { ChannelHandlers } from './handlers.ts'
import { OpenChannel } from './open-channel.ts'
import type { ChannelHandler, ChannelPort } from './port.ts'
import { checkRules } from './rules.ts'

interface HostDeps {
  readonly handlers: ChannelHandlers
  readonly rules: SessionRules
  readonly send: (message: ChannelFromMinion) => void
  readonly room: () => Promise<void> | undefined
  /** Milliseconds of a clock that nobody sets. */
  readonly elapsed: () => number
  readonly log: (event: string, data: { readonly [key: string]: unknown }) => void
}

/** How often an idle session is looked for at most. */
const LOOK_MS = 5_000

/** All sessions that are open on this minion. They live as long as the link on which they were ordered. */
export class ChannelHost {
  readonly #deps: HostDeps
  readonly #open = new Map<number, OpenChannel>()
  readonly #running = new Set<Promise<void>>()
  #link = 0

  constructor(deps: HostDeps) {
    this.#deps = deps
  }

  /** Another number for every link: an order is for the one on which it came. */
  get link(): number {
    return this.#link
  }

  /**
   * Begins what a verified order asks for. What is refused is answered, and nothing is started; neither is it when the link
   * was lost while the order was looked at, since nobody could end it then.
   */
  open(session: SessionId, { channel, operator, request }: OpenPayload, link: number): void {
    const { log, rules, send } = this.#deps
    const facts = { session, kind: request.kind, operator }
    if (link !== this.#link) return log('session-refused', { ...facts, code: 'SESSION_LOST' })
    try {
      checkRules(request, rules)
      if (this.#open.size >= LIMITS.openChannels) {
        throw new AppError({
          code: 'SESSION_REFUSED',
          message: `${LIMITS.openChannels} sessions are already open on this minion`,
        })
      }
    } catch (thrown) {
      const [problem] = problemsOf(thrown)
      log('session-refused', { ...facts, code: problem.code, message: problem.message })
      send({ type: 'channel-ended', channel, end: { problem } })
      return
    }
    log('session-opened', facts)
    const running = this.#carry(channel, request).then(end => {
      log('session-ended', { session, ...('problem' in end ? { code: end.problem.code } : end) })
    })
    this.#running.add(running)
    void running.finally(() => this.#running.delete(running))
  }

  /** A message of an open channel; late ones for a channel that has ended are nothing. */
  take(message: ChannelToMinion): void {
    this.#open.get(message.channel)?.take(message)
  }

  /** The link is lost: nobody can see what runs here any more, so it ends. */
  lost(): void {
    this.#link++
    const reason = new AppError({ code: 'SESSION_LOST', message: 'the connection to the master was lost' })
    for (const open of this.#open.values()) open.close(reason)
    this.#open.clear()
  }

  /** Returns when all that was started has ended. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running)
  }

  async #carry(channel: number, request: SessionRequest): Promise<ChannelEnd> {
    const { elapsed, handlers, room, rules, send } = this.#deps
    const link = this.#link
    let traffic = elapsed()
    const wire = { send: (message: ChannelFromMinion) => void (this.#link === link && send(message)), room }
    const open = new OpenChannel(channel, wire, () => {
      traffic = elapsed()
    })
    this.#open.set(channel, open)
    const begun = elapsed()
    const limits = setInterval(
      () => {
        const now = elapsed()
        if (now - begun >= rules.totalMs) open.close(over(`it reached the limit of ${span(rules.totalMs)}`, 'totalMs'))
        // A connection or copy may rest; a terminal that nobody uses is a door left open.
        else if (request.kind === 'terminal' && now - traffic >= rules.idleMs) {
          open.close(over(`it was idle for ${span(rules.idleMs)}`, 'idleMs'))
        }
      },
      Math.min(LOOK_MS, rules.idleMs / 4, rules.totalMs / 4),
    )
    try {
      const handler = handlers[request.kind] as ChannelHandler<SessionRequest>
      return await open.carry((port: ChannelPort) => handler(request, port))
    } finally {
      clearInterval(limits)
      if (this.#open.get(channel) === open) this.#open.delete(channel)
    }
  }
}

function over(why: string, setting: string): AppError {
  return new AppError({
    code: 'SESSION_LIMIT',
    message: `the session was ended: ${why}`,
    hint: `The limit is \`sessions.${setting}\` in the minion's minion.yml.`,
  })
}

function span(ms: number): string {
  const seconds = Math.round(ms / 1000)
  if (seconds % 3600 === 0) return `${seconds / 3600} h`
  return seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`
}
