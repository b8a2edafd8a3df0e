import type { ChannelEnd, ChannelFromMinion, ChannelToMinion } from '../../protocol/channel.ts'
import { sizesOf } from '../../protocol/channel-streams.ts'
import { limitText } from '../../protocol/duration.ts'
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
  /** Monotonic clock, in milliseconds. */
  readonly elapsed: () => number
  readonly log: (event: string, data: { readonly [key: string]: unknown }) => void
}

/** Maximum interval between checks for idle sessions. */
const LOOK_MS = 5_000

/** All open sessions of this minion. They live as long as the link on which they were ordered. */
export class ChannelHost {
  readonly #deps: HostDeps
  readonly #open = new Map<number, OpenChannel>()
  readonly #running = new Set<Promise<void>>()
  #link = 0

  constructor(deps: HostDeps) {
    this.#deps = deps
  }

  /** Number of the current link. It changes with every link, because an order is valid only on the one it came from. */
  get link(): number {
    return this.#link
  }

  /**
   * Starts what a verified order asks for. A refusal is answered and nothing is started. If the link was lost while the order
   * was processed, nothing is started either, since it could not be stopped any more.
   */
  open(session: SessionId, { channel, operator, request, window }: OpenPayload, link: number): void {
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
    const running = this.#carry(channel, request, window).then(end => {
      log('session-ended', { session, ...('problem' in end ? { code: end.problem.code } : end) })
    })
    this.#running.add(running)
    void running.finally(() => this.#running.delete(running))
  }

  /** Handles a message of an open channel; ignores late ones for a channel that has ended. */
  take(message: ChannelToMinion): void {
    this.#open.get(message.channel)?.take(message)
  }

  /** Ends all sessions when the link is lost, because their operators can no longer see or stop them. */
  lost(): void {
    this.#link++
    const reason = new AppError({ code: 'SESSION_LOST', message: 'the connection to the master was lost' })
    for (const open of this.#open.values()) open.close(reason)
    this.#open.clear()
  }

  /** Resolves when all sessions have ended. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running)
  }

  async #carry(channel: number, request: SessionRequest, window: number | undefined): Promise<ChannelEnd> {
    const { elapsed, handlers, room, rules, send } = this.#deps
    const link = this.#link
    let traffic = elapsed()
    const wire = { send: (message: ChannelFromMinion) => void (this.#link === link && send(message)), room }
    const onTraffic = (): void => {
      traffic = elapsed()
    }
    const open = new OpenChannel(channel, wire, onTraffic, sizesOf(window))
    this.#open.set(channel, open)
    const begun = elapsed()
    const limits = setInterval(
      () => {
        const now = elapsed()
        if (now - begun >= rules.totalMs)
          open.close(over(`it reached the limit of ${limitText(rules.totalMs)}`, 'totalMs'))
        // An idle connection or copy is harmless; an idle terminal is an open door.
        else if (request.kind === 'terminal' && now - traffic >= rules.idleMs) {
          open.close(over(`it was idle for ${limitText(rules.idleMs)}`, 'idleMs'))
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
