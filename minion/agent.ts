import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { BlobRef, HighstateRule } from '../protocol/catalog.ts'
import { type Problem, problemsOf } from '../protocol/errors.ts'
import { newRunId, type RunId } from '../protocol/ids.ts'
import type { FromMinion, SignedOrder } from '../protocol/messages.ts'
import { type ApplyPayload, RefusedOrder } from '../protocol/order.ts'
import { keyHash, rawPublicKey } from '../protocol/signature.ts'
import { STATES } from '../states/index.ts'
import { createRegistry } from '../states/registry.ts'
import { HANDLERS } from './channel/handlers.ts'
import { ChannelHost } from './channel/host.ts'
import type { MinionConfig } from './config.ts'
import { collectGrains, readBootId } from './grains/collect.ts'
import { identityFingerprint, loadIdentity } from './identity.ts'
import { loadBootMark } from './jobs/boot.ts'
import { catalogCache, type SignedCatalog } from './jobs/catalog-cache.ts'
import { keepHighstate, loadHighstateMark } from './jobs/interval.ts'
import { cachedHighstate, newestGeneration } from './jobs/open-cached.ts'
import { type OpenedCatalog, openCatalog } from './jobs/open-catalog.ts'
import { ownRun } from './jobs/own-run.ts'
import { recoverAtStart } from './jobs/recover-at-start.ts'
import { minionPaths } from './jobs/run-catalog.ts'
import { Runner } from './jobs/runner.ts'
import { watchUnconfirmed } from './jobs/watch-unconfirmed.ts'
import { acceptOrder } from './link/accept-order.ts'
import { LinkClient } from './link/client.ts'
import { type Connection, pinOf, probeMaster, tlsExporter } from './link/connect.ts'
import { loadNumbers } from './link/durable-state.ts'
import { openOutbox } from './link/outbox.ts'
import { mendState } from './mend.ts'
import { lockAgent } from './state/agent-lock.ts'
import { LARGEST_TEXT } from './system/reader.ts'

export interface AgentOptions {
  readonly stateDirectory: string
  readonly config: MinionConfig
  readonly version: string
  readonly log: (event: string, data: { readonly [key: string]: unknown }) => void
  /** The link is ready, the master was tried in vain, or another process applies and may wait for this start. Each time. */
  readonly ready: () => void
  /** Asks it to end as soon as the sessions and the run that it is at have ended. */
  readonly leave: AbortSignal
}

/** A session that lasts longer than this is cut off by an agent that was told to leave. */
const LEAVES_WITHIN_MS = 3600_000

/**
 * The agent: keeps the link, carries out orders, applies the boot highstate. Ends when a signal says so. STATE_LOCKED while
 * another agent has the state directory; IDENTITY_MISSING or STATE_DAMAGED for what it cannot do without.
 */
export async function runAgent(options: AgentOptions, stop: AbortSignal): Promise<void> {
  const release = await lockAgent(options.stateDirectory)
  try {
    await mendState(options.stateDirectory, options.log)
    await serve(options, stop)
  } finally {
    await release()
  }
}

async function serve(options: AgentOptions, stop: AbortSignal): Promise<void> {
  const { stateDirectory, config, version, log, ready, leave } = options
  const left = new AbortController()
  const signal = AbortSignal.any([stop, left.signal])
  const now = Date.now
  const registry = createRegistry(STATES)
  const identity = await loadIdentity(stateDirectory, config.id)
  log('minion-started', { id: config.id, version, fingerprint: identityFingerprint(identity) })
  const minionKey = keyHash(rawPublicKey(identity.identityKey))
  const numbers = await loadNumbers(stateDirectory)
  const outbox = openOutbox(minionPaths(stateDirectory).outbox)
  const cache = catalogCache(stateDirectory)
  const bootId = await readBootId()
  const boot = await loadBootMark(stateDirectory, bootId)
  const mark = await loadHighstateMark(stateDirectory)
  const runner = new Runner({
    stateDirectory,
    registry,
    cache,
    outbox,
    bootId,
    now,
    probe: probing => probeMaster(pinOf(config, numbers), probing),
    tell: message => void link.send(message),
    offerReports: () => link.offerReports(),
    log,
  })
  let fleet = ''
  /** The highstate of this boot is in line: it is not asked for twice. */
  let bootInLine = false
  /** Of the cached catalog. */
  let highstate: HighstateRule | undefined
  let taking: Promise<void> = Promise.resolve()
  const link = new LinkClient({
    master: config.master,
    identity,
    rootHash: new Uint8Array(Buffer.from(config.root, 'base64url')),
    numbers,
    join: undefined,
    now,
    elapsed: () => performance.now(),
    exporter: tlsExporter,
    outbox,
    random: Math.random,
    log,
    onReady: greet,
    onMessage: (message, connection) => {
      // In the order in which they came: a later catalog must not be overtaken by an earlier one.
      const over = channels.link
      if (message.type === 'order') taking = taking.then(() => take(message, connection, over))
      else if (message.type === 'boot-answer') bootAnswered(message.answer).catch(bootFailed)
      else if (message.type !== 'channel-close') channels.take(message)
      // May come while its channel is being opened.
      else taking = taking.then(() => channels.take(message))
    },
    onTried: ready,
    onLost: () => {
      channels.lost()
      // From here on the host is on its own.
      mark.set(now()).catch((error: unknown) => log('highstate-not-kept', { message: problemsOf(error)[0].message }))
    },
  })

  const channels = new ChannelHost({
    handlers: HANDLERS,
    rules: config.sessions,
    send: message => void link.send(message),
    room: () => link.room(),
    elapsed: () => performance.now(),
    log,
  })

  async function greet(connection: Connection): Promise<void> {
    fleet = connection.certificate.fleet
    const grains = await collectGrains(version, connection.localAddress)
    // An order that the last connection brought is in line before this minion says which runs it knows.
    await taking
    const generation = await newestGeneration(cache, log)
    const hello: FromMinion = {
      type: 'hello',
      grains,
      bootId,
      stateTypes: registry.hashes,
      highestSequence: numbers.highestSequence,
      runs: await runner.knownRuns(),
      ...(generation === undefined ? {} : { generation }),
    }
    link.send(hello)
    log('link-ready', { master: config.master.host, fleet })
    if (!boot.isDone() && !bootInLine) link.send({ type: 'boot', bootId })
  }

  async function take(order: SignedOrder, connection: Connection, over: number): Promise<void> {
    let verified: RunId | undefined
    try {
      const masterKey = connection.certificate.masterKey
      const expected = { fleet, masterKey, minionKey, now: connection.masterClock.now() }
      const { opened, written } = acceptOrder(order, expected, numbers)
      if (opened.kind === 'run') verified = opened.body.run
      await written
      if (opened.kind === 'session') return channels.open(opened.body.session, opened.payload, over)
      const { body, payload } = opened
      if (payload.kind === 'cancel') return await runner.cancel(body.run)
      if (payload.origin === 'boot') bootInLine = true
      await runner.enqueue({
        run: body.run,
        job: body.job,
        test: payload.test,
        origin: payload.origin,
        ...(payload.origin === 'boot' ? { begun: boot.done, refused: bootRefused } : {}),
        open: aborted => fetchCatalog(payload, masterKey, aborted),
      })
    } catch (error) {
      const [problem] = problemsOf(error)
      log('order-refused', { code: problem.code, message: problem.message })
      // What is not from the master gets no answer; what is, and cannot be begun, must not leave its run hanging.
      if (verified !== undefined) link.send({ type: 'refused', run: verified, problem })
      else if (error instanceof RefusedOrder) await answerRefused(error, problem)
    }
  }

  /** A second copy of an order that is being carried out is nothing; every other run and session must end on the master. */
  async function answerRefused({ run, channel }: RefusedOrder, problem: Problem): Promise<void> {
    if (channel !== undefined) link.send({ type: 'channel-ended', channel, end: { problem } })
    if (run === undefined) return
    const isKnown = problem.code !== 'ORDER_EXPIRED' && (await runner.knows(run).catch(() => true))
    if (!isKnown) link.send({ type: 'refused', run, problem })
  }

  async function fetchCatalog(
    payload: ApplyPayload,
    masterKey: Uint8Array,
    aborted: AbortSignal,
  ): Promise<OpenedCatalog> {
    const either = AbortSignal.any([aborted, signal])
    const get = (blob: BlobRef): Promise<Uint8Array> => link.fetch(blob, either)
    const [catalog, box] = await Promise.all([
      get(payload.catalog),
      payload.box === undefined ? undefined : get(payload.box),
    ])
    const signed: SignedCatalog = { catalog, box, generation: payload.generation, signature: payload.signature }
    const opened = openCatalog(signed, { identity, masterKey, fleet, registry })
    for (const blob of opened.catalog.blobs) {
      // A test writes nothing, and reads no larger content.
      if ((payload.test && blob.size > LARGEST_TEXT) || (await cache.hasBlob(blob))) continue
      await link.fetchFile(blob, cache.blobPath(blob.sha256), either)
    }
    if (!payload.test) {
      await cache.save(signed)
      await cache.keepBlobs(opened.catalog.blobs.map(({ sha256 }) => sha256))
      highstate = opened.catalog.highstate
    }
    return opened
  }

  async function bootAnswered(answer: 'order' | 'nothing' | 'cached'): Promise<void> {
    if (answer === 'nothing') await boot.done()
    if (answer === 'cached') await applyCached()
  }

  /** The master is asked for it again at the next connection. */
  function bootRefused(): void {
    bootInLine = false
  }

  /** For example for want of room: the link and its orders go on. */
  function bootFailed(error: unknown): void {
    const [problem] = problemsOf(error)
    log('boot-failed', { code: problem.code, message: problem.message })
  }

  async function applyCached(): Promise<void> {
    if (boot.isDone() || bootInLine) return
    const signed = await cache.load()
    if (signed === undefined) return
    bootInLine = true
    await applyOwn('boot', boot.done, bootRefused)
  }

  async function applyAtInterval(): Promise<void> {
    const signed = await cache.load()
    if (signed === undefined || runner.busy) return
    await applyOwn('interval')
  }

  async function applyOwn(
    origin: 'boot' | 'interval',
    begun?: () => Promise<void>,
    refused?: () => void,
  ): Promise<void> {
    const run: RunId = newRunId(now(), size => new Uint8Array(randomBytes(size)))
    log(`${origin}-from-cache`, { run })
    const masterKey = (): string | undefined => numbers.current.masterKey
    const told = { ...(begun === undefined ? {} : { begun }), ...(refused === undefined ? {} : { refused }) }
    await runner.enqueue(ownRun({ run, origin, cache, masterKey, who: { identity, registry }, ...told }))
  }

  const unlessAborted = (error: unknown): void => {
    if (!signal.aborted) throw error
  }
  signal.addEventListener('abort', () => runner.stop(), { once: true })
  const onLeave = async (): Promise<void> => {
    log('minion-leaves', {})
    // The very program that asks for it may be one of a session, such as an upgrade of this package.
    await Promise.race([channels.idle(), pause(LEAVES_WITHIN_MS, undefined, { ref: false })])
    await runner.rest()
    left.abort()
  }
  leave.addEventListener('abort', () => void onLeave(), { once: true })
  if (leave.aborted) void onLeave()
  const recovering = await recoverAtStart({ recover: () => runner.recover(signal, ready), log, signal })
  // A report that was made later, when there was room, is not in what the link offers first.
  void recovering.done
    .then(() => (link.connected ? link.offerReports() : undefined))
    .catch((error: unknown) => log('outbox-failed', { message: problemsOf(error)[0].message }))
  if (signal.aborted) return
  highstate = await cachedHighstate(cache, numbers.current.masterKey, { identity, registry })
  const keeping = keepHighstate({
    minion: config.id,
    mark,
    now,
    connected: () => link.connected,
    rule: () => highstate,
    apply: applyAtInterval,
    log,
  })
  const watching = watchUnconfirmed({ stateDirectory, recover: () => runner.recover(signal).catch(unlessAborted), log })
  for (const end of [keeping, watching]) signal.addEventListener('abort', end, { once: true })
  const linked = link.run(signal)
  if (!boot.isDone()) {
    await pause(config.bootWaitMs, undefined, { signal }).catch(() => undefined)
    if (!signal.aborted && !link.connected) await applyCached()
  }
  await linked
  await channels.idle()
  await runner.idle()
}
