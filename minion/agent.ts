import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { HighstateRule } from '../protocol/catalog.ts'
import { problemsOf } from '../protocol/errors.ts'
import type { MinionIdentity } from '../protocol/handshake.ts'
import { newRunId, type RunId } from '../protocol/ids.ts'
import { LIMITS } from '../protocol/limits.ts'
import { STATES } from '../states/index.ts'
import { createRegistry } from '../states/registry.ts'
import { removeJournal } from './apply/journal.ts'
import { HANDLERS } from './channel/handlers.ts'
import { ChannelHost } from './channel/host.ts'
import type { MinionConfig } from './config.ts'
import { collectGrains, readBootId } from './grains/collect.ts'
import { identityFingerprint, loadIdentity } from './identity.ts'
import { type BootMark, loadBootMark } from './jobs/boot.ts'
import { type CatalogCache, catalogCache } from './jobs/catalog-cache.ts'
import { type HighstateMark, keepHighstate, loadHighstateMark } from './jobs/interval.ts'
import { KnownSecrets } from './jobs/known-secrets.ts'
import { cachedCatalog, newestGeneration } from './jobs/open-cached.ts'
import { OrderTaker } from './jobs/order-taker.ts'
import { ownRun } from './jobs/own-run.ts'
import { recoverAtStart } from './jobs/recover-at-start.ts'
import { minionPaths } from './jobs/run-catalog.ts'
import { Runner } from './jobs/runner.ts'
import { watchUnconfirmed } from './jobs/watch-unconfirmed.ts'
import { LinkClient, type LinkListener } from './link/client.ts'
import { type Connection, pinOf, probeMaster, tlsExporter } from './link/connect.ts'
import { type DurableNumbers, loadNumbers } from './link/durable-state.ts'
import { openOutbox } from './link/outbox.ts'
import { mendState } from './mend.ts'
import { lockAgent } from './state/agent-lock.ts'

export interface AgentOptions {
  readonly stateDirectory: string
  readonly config: MinionConfig
  readonly version: string
  readonly log: (event: string, data: { readonly [key: string]: unknown }) => void
  /** Called after each attempt to connect, successful or not, and when another process applies and the start may have to wait. */
  readonly ready: () => void
  /** Asks the agent to stop once its sessions and its current run have ended. */
  readonly leave: AbortSignal
}

/** An agent that was asked to leave cuts off sessions that last longer than this. */
const LEAVES_WITHIN_MS = 3600_000

/**
 * The agent: keeps the link, carries out orders, applies the boot highstate. Ends when a signal says so. STATE_LOCKED while
 * another agent uses the state directory; IDENTITY_MISSING or STATE_DAMAGED for what it cannot do without.
 */
export async function runAgent(options: AgentOptions, stop: AbortSignal): Promise<void> {
  const { stateDirectory, config, version, log } = options
  const release = await lockAgent(stateDirectory)
  try {
    await mendState(stateDirectory, log)
    const identity = await loadIdentity(stateDirectory, config.id)
    log('minion-started', { id: config.id, version, fingerprint: identityFingerprint(identity) })
    const bootId = await readBootId()
    const agent = new Agent(options, stop, {
      identity,
      numbers: await loadNumbers(stateDirectory),
      boot: await loadBootMark(stateDirectory, bootId),
      bootId,
      mark: await loadHighstateMark(stateDirectory),
    })
    await agent.run()
  } finally {
    await release()
  }
}

/** What the agent loads from its state directory. */
interface AgentState {
  readonly identity: MinionIdentity
  readonly numbers: DurableNumbers
  readonly boot: BootMark
  readonly bootId: string
  readonly mark: HighstateMark
}

class Agent implements LinkListener {
  readonly #options: AgentOptions
  readonly #state: AgentState
  readonly #left = new AbortController()
  readonly #signal: AbortSignal
  readonly #registry = createRegistry(STATES)
  readonly #secrets = new KnownSecrets()
  readonly #cache: CatalogCache
  readonly #link: LinkClient
  readonly #runner: Runner
  readonly #channels: ChannelHost
  readonly #orders: OrderTaker
  /** The highstate rule of the cached catalog. */
  #highstate: HighstateRule | undefined
  /** Serializes orders and channel closes. */
  #taking: Promise<void> = Promise.resolve()

  constructor(options: AgentOptions, stop: AbortSignal, state: AgentState) {
    const { stateDirectory, config, log } = options
    const { identity, numbers, boot, bootId } = state
    this.#options = options
    this.#state = state
    this.#signal = AbortSignal.any([stop, this.#left.signal])
    this.#cache = catalogCache(stateDirectory)
    const outbox = openOutbox(minionPaths(stateDirectory).outbox)
    this.#link = new LinkClient({
      master: config.master,
      identity,
      rootHash: new Uint8Array(Buffer.from(config.root, 'base64url')),
      numbers,
      join: undefined,
      now: Date.now,
      elapsed: () => performance.now(),
      exporter: tlsExporter,
      outbox,
      random: Math.random,
      log,
      listener: this,
    })
    this.#runner = new Runner({
      stateDirectory,
      registry: this.#registry,
      cache: this.#cache,
      outbox,
      secrets: this.#secrets,
      bootId,
      now: Date.now,
      probe: probing => probeMaster(pinOf(config, numbers), probing),
      link: this.#link,
      log,
    })
    this.#channels = new ChannelHost({
      handlers: HANDLERS,
      rules: config.sessions,
      send: message => void this.#link.send(message),
      room: () => this.#link.room(),
      elapsed: () => performance.now(),
      log,
    })
    this.#orders = new OrderTaker({
      identity,
      registry: this.#registry,
      numbers,
      cache: this.#cache,
      boot,
      runner: this.#runner,
      channels: this.#channels,
      link: this.#link,
      signal: this.#signal,
      log,
      onHighstate: rule => {
        this.#highstate = rule
      },
    })
  }

  /** Runs until a signal stops the agent. */
  async run(): Promise<void> {
    const { stateDirectory, config, log, ready, leave } = this.#options
    const { identity, numbers, boot, mark } = this.#state
    const signal = this.#signal
    signal.addEventListener('abort', () => this.#runner.stop(), { once: true })
    leave.addEventListener('abort', () => void this.#leave(), { once: true })
    if (leave.aborted) void this.#leave()
    const who = { identity, registry: this.#registry }
    const cached = await cachedCatalog(this.#cache, numbers.current.masterKey, who)
    this.#highstate = cached?.catalog.highstate
    this.#secrets.learn(cached?.secrets ?? [])
    const recovering = await recoverAtStart({ recover: () => this.#runner.recover(signal, ready), log, signal })
    // Reports recovered later, once the disk has room, are not part of the link's first offer.
    void recovering.done
      .then(() => (this.#link.connected ? this.#link.offerReports() : undefined))
      .catch((error: unknown) => log('outbox-failed', { message: problemsOf(error)[0].message }))
    if (signal.aborted) return
    const keeping = keepHighstate({
      minion: config.id,
      mark,
      now: Date.now,
      connected: () => this.#link.connected,
      rule: () => this.#highstate,
      apply: () => this.#applyCached('interval'),
      log,
    })
    const unlessAborted = (error: unknown): void => {
      if (!signal.aborted) throw error
    }
    const recover = (): Promise<void> => this.#runner.recover(signal).catch(unlessAborted)
    const watching = watchUnconfirmed({ stateDirectory, recover, log })
    for (const end of [keeping, watching]) signal.addEventListener('abort', end, { once: true })
    const linked = this.#link.run(signal)
    if (!boot.isDone()) {
      await pause(config.bootWaitMs, undefined, { signal }).catch(() => undefined)
      if (!signal.aborted && !this.#link.connected) await this.#applyCached('boot')
    }
    await linked
    await this.#channels.idle()
    await this.#runner.idle()
  }

  async onReady(connection: Connection): Promise<void> {
    const { config, version, log } = this.#options
    const { numbers, boot, bootId } = this.#state
    const { fleet } = connection.certificate
    const grains = await collectGrains(version, connection.localAddress)
    // Queue orders from the previous connection before reporting which runs are known.
    await this.#taking
    const generation = await newestGeneration(this.#cache, log)
    this.#link.send({
      type: 'hello',
      grains,
      bootId,
      stateTypes: this.#registry.hashes,
      highestSequence: numbers.highestSequence,
      runs: await this.#runner.knownRuns(),
      ...(generation === undefined ? {} : { generation }),
      window: LIMITS.largestWindowBytes,
    })
    log('link-ready', { master: config.master.host, fleet })
    if (boot.isWanted()) this.#link.send({ type: 'boot', bootId })
  }

  onMessage(message: Parameters<LinkListener['onMessage']>[0], connection: Connection): void {
    const { link } = this.#channels
    // Process orders as they arrive: a later catalog must not be overtaken by an earlier one.
    if (message.type === 'order') {
      this.#taking = this.#taking.then(() => this.#orders.take(message, connection, link))
    } else if (message.type === 'boot-answer') {
      this.#bootAnswered(message.answer).catch((error: unknown) => {
        // For example a full disk: the link and its orders go on.
        const [problem] = problemsOf(error)
        this.#options.log('boot-failed', { code: problem.code, message: problem.message })
      })
    } else if (message.type !== 'channel-close') this.#channels.take(message)
    // A close can arrive while its channel is still being opened.
    else this.#taking = this.#taking.then(() => this.#channels.take(message))
  }

  onTried(): void {
    this.#options.ready()
  }

  onSetAside(run: RunId): Promise<void> {
    return removeJournal(minionPaths(this.#options.stateDirectory).journal, run)
  }

  onLost(): void {
    this.#channels.lost()
    // The interval highstate counts from this moment.
    this.#state.mark.set(Date.now()).catch((error: unknown) => {
      this.#options.log('highstate-not-kept', { message: problemsOf(error)[0].message })
    })
  }

  async #bootAnswered(answer: 'order' | 'nothing' | 'cached'): Promise<void> {
    if (answer === 'nothing') await this.#state.boot.done()
    if (answer === 'cached') await this.#applyCached('boot')
  }

  /** Queues the cached catalog if there is one and nothing prevents it. */
  async #applyCached(origin: 'boot' | 'interval'): Promise<void> {
    const { boot, identity, numbers } = this.#state
    if (origin === 'boot' && !boot.isWanted()) return
    if ((await this.#cache.load()) === undefined) return
    if (origin === 'interval' && this.#runner.busy) return
    const run = newRunId(Date.now(), size => new Uint8Array(randomBytes(size)))
    this.#options.log(`${origin}-from-cache`, { run })
    await this.#runner.enqueue(
      ownRun({
        run,
        origin,
        cache: this.#cache,
        masterKey: () => numbers.current.masterKey,
        who: { identity, registry: this.#registry },
        ...(origin === 'boot' ? boot.inLine() : {}),
      }),
    )
  }

  async #leave(): Promise<void> {
    this.#options.log('minion-leaves', {})
    // The program that requests this, such as an upgrade of this package, can itself run in a session.
    await Promise.race([this.#channels.idle(), pause(LEAVES_WITHIN_MS, undefined, { ref: false })])
    await this.#runner.rest()
    this.#left.abort()
  }
}
