import type { HighstateRule } from '../../protocol/catalog.ts'
import { type Problem, problemsOf } from '../../protocol/errors.ts'
import type { MinionIdentity } from '../../protocol/handshake.ts'
import type { RunId, SessionId } from '../../protocol/ids.ts'
import type { SignedOrder } from '../../protocol/messages.ts'
import { type ApplyPayload, type OpenPayload, RefusedOrder } from '../../protocol/order.ts'
import { keyHash, rawPublicKey } from '../../protocol/signature.ts'
import type { Registry } from '../../states/registry.ts'
import { acceptOrder } from '../link/accept-order.ts'
import type { LinkClient } from '../link/client.ts'
import type { Connection } from '../link/connect.ts'
import type { DurableNumbers } from '../link/durable-state.ts'
import { LARGEST_TEXT } from '../system/reader.ts'
import type { BootMark } from './boot.ts'
import type { CatalogCache, SignedCatalog } from './catalog-cache.ts'
import { type OpenedCatalog, openCatalog } from './open-catalog.ts'
import type { Runner } from './runner.ts'

interface Deps {
  readonly identity: MinionIdentity
  readonly registry: Registry
  readonly numbers: DurableNumbers
  readonly cache: CatalogCache
  readonly boot: Pick<BootMark, 'inLine'>
  readonly runner: Pick<Runner, 'enqueue' | 'cancel' | 'knows'>
  /** Starts a session on the link on which it was ordered. */
  readonly channels: { open(session: SessionId, payload: OpenPayload, link: number): void }
  readonly link: Pick<LinkClient, 'send' | 'blobs' | 'connected'>
  /** Aborted when the agent stops. */
  readonly signal: AbortSignal
  readonly log: (event: string, data: { readonly [key: string]: unknown }) => void
  /** Called with the rule of the newly cached catalog for the time without a master. */
  readonly onHighstate: (rule: HighstateRule | undefined) => void
}

/** Verifies the orders of the master, and queues or starts what they ask for. */
export class OrderTaker {
  readonly #deps: Deps
  readonly #minionKey: Uint8Array

  constructor(deps: Deps) {
    this.#deps = deps
    this.#minionKey = keyHash(rawPublicKey(deps.identity.identityKey))
  }

  /**
   * Handles an order. `over` is the number of the link on which it came. Never throws: what cannot be carried out is answered.
   */
  async take(order: SignedOrder, connection: Connection, over: number): Promise<void> {
    const { numbers, boot, runner, channels, link, log } = this.#deps
    let verified: RunId | undefined
    try {
      const { fleet, masterKey } = connection.certificate
      const expected = { fleet, masterKey, minionKey: this.#minionKey, now: connection.masterClock.now() }
      const { opened, written } = acceptOrder(order, expected, numbers)
      if (opened.kind === 'run') verified = opened.body.run
      await written
      if (opened.kind === 'session') return channels.open(opened.body.session, opened.payload, over)
      const { body, payload } = opened
      if (payload.kind === 'cancel') return await runner.cancel(body.run)
      await runner.enqueue({
        run: body.run,
        job: body.job,
        test: payload.test,
        origin: payload.origin,
        ...(payload.orphans === undefined ? {} : { orphans: payload.orphans }),
        ...(payload.origin === 'boot' ? boot.inLine() : {}),
        open: this.#fetchCatalog(payload, { fleet, masterKey }),
      })
    } catch (error) {
      const [problem] = problemsOf(error)
      log('order-refused', { code: problem.code, message: problem.message })
      // Do not answer an order that is not from the master; answer one that is but cannot start, so that its run does not hang.
      if (verified !== undefined) link.send({ type: 'refused', run: verified, problem })
      else if (error instanceof RefusedOrder) await this.#answerRefused(error, problem)
    }
  }

  /** Ignores a duplicate of an order in progress; every other run and session must end on the master. */
  async #answerRefused({ run, channel }: RefusedOrder, problem: Problem): Promise<void> {
    const { runner, link } = this.#deps
    if (channel !== undefined) link.send({ type: 'channel-ended', channel, end: { problem } })
    if (run === undefined) return
    const isKnown = problem.code !== 'ORDER_EXPIRED' && (await runner.knows(run).catch(() => true))
    if (!isKnown) link.send({ type: 'refused', run, problem })
  }

  /** Returns a function that fetches the catalog of an order when its run starts. */
  #fetchCatalog(
    { test, catalog, box, generation, signature, orphans }: ApplyPayload,
    from: { readonly fleet: string; readonly masterKey: Uint8Array },
  ): (aborted: AbortSignal) => Promise<OpenedCatalog> {
    const { identity, registry, cache, link, signal, onHighstate } = this.#deps
    return async aborted => {
      const either = AbortSignal.any([aborted, signal])
      // Without a link it waits for one: a minion that was revoked meanwhile starts nothing.
      const known = link.connected ? await cache.known(catalog) : undefined
      const fetched = await Promise.all([
        known ?? link.blobs.fetch(catalog, either),
        box === undefined ? undefined : link.blobs.fetch(box, either),
      ])
      const signed: SignedCatalog = { catalog: fetched[0], box: fetched[1], generation, signature }
      const opened = openCatalog(signed, { identity, registry, ...from })
      // A run about orphans does not apply the catalog: a boot must not either.
      if (orphans !== undefined) return opened
      for (const blob of opened.catalog.blobs) {
        // A dry run writes nothing and reads no larger content.
        if ((test && blob.size > LARGEST_TEXT) || (await cache.hasBlob(blob))) continue
        await link.blobs.fetchFile(blob, cache.blobPath(blob.sha256), either)
      }
      if (!test) {
        await cache.save(signed)
        await cache.keepBlobs(opened.catalog.blobs.map(({ sha256 }) => sha256))
        onHighstate(opened.catalog.highstate)
      }
      return opened
    }
  }
}
