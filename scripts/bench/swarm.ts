import { type ChildProcess, fork } from 'node:child_process'
import { type Scene, until } from '../../test/journey/scene.ts'
import type { Built } from './built.ts'

/** Parameters of one process of a swarm, passed by its parent as the only argument. */
export interface SwarmPart {
  readonly port: number
  readonly tokens: readonly string[]
  readonly usesOfToken: number
  /** Number of the first minion and how many there are: `m<first>` and so on. */
  readonly first: number
  readonly count: number
  /** New minions per second. */
  readonly perSecond: number
}

/** Totals since the start, reported to the parent a few times per second. */
export interface SwarmCounts {
  readonly online: number
  readonly connected: number
  readonly lost: number
  readonly stored: number
  /** The first few unexpected events. */
  readonly problems: readonly string[]
}

const PROCESSES = 2
/** As many as the master admits from networks that it does not know. */
const CONNECTS_PER_SECOND = 100
const USES_OF_TOKEN = 1000
const BOUND_MS = 600_000

/** Simulated minions in processes of their own, connected to a real master from many loopback addresses. */
export class Swarm {
  readonly #built: Built
  readonly #scene: Scene
  readonly #parts: ChildProcess[] = []
  readonly #counts = new Map<ChildProcess, SwarmCounts>()

  constructor(built: Built, scene: Scene) {
    this.#built = built
    this.#scene = scene
  }

  /** Starts to connect the minions `m0` and so on with the role `swarm`; see `online`. */
  async start(count: number): Promise<void> {
    const port = Number(this.#scene.address.split(':')[1])
    const each = Math.ceil(count / PROCESSES)
    for (let first = 0; first < count; first += each) {
      const own = Math.min(each, count - first)
      const tokens: string[] = []
      for (let left = own; left > 0; left -= USES_OF_TOKEN)
        tokens.push(await this.#token(Math.min(left, USES_OF_TOKEN)))
      const perSecond = CONNECTS_PER_SECOND / PROCESSES
      const part: SwarmPart = { port, tokens, usesOfToken: USES_OF_TOKEN, first, count: own, perSecond }
      const child = fork(this.#built.helper('swarm-minions'), [JSON.stringify(part)])
      child.on('message', counts => this.#counts.set(child, counts as SwarmCounts))
      this.#parts.push(child)
    }
  }

  async #token(uses: number): Promise<string> {
    const words = ['--id', 'm*', '--role', 'swarm', '--level', 'staging', '--uses', String(uses)]
    return (await this.#scene.must(['join-token', 'create', ...words])).trim()
  }

  get totals(): SwarmCounts {
    const all = [...this.#counts.values()]
    const sum = (of: (counts: SwarmCounts) => number): number => all.reduce((total, one) => total + of(one), 0)
    return {
      online: sum(({ online }) => online),
      connected: sum(({ connected }) => connected),
      lost: sum(({ lost }) => lost),
      stored: sum(({ stored }) => stored),
      problems: all.flatMap(({ problems }) => problems),
    }
  }

  /** Waits until as many are online. */
  async online(count: number): Promise<void> {
    await until(
      `${count} minions are online`,
      () => this.totals.online === count,
      () => this.#seen(),
      BOUND_MS,
    )
  }

  /** Waits until the master has stored as many reports since the start. Returns how many are missing after `boundMs`. */
  async stored(count: number, boundMs: number): Promise<number> {
    const all = until(
      'reports are stored',
      () => this.totals.stored >= count,
      () => this.#seen(),
      boundMs,
    )
    await all.catch(() => undefined)
    return Math.max(0, count - this.totals.stored)
  }

  #seen(): string {
    return JSON.stringify(this.totals)
  }

  stop(): void {
    for (const child of this.#parts) child.kill()
  }
}
