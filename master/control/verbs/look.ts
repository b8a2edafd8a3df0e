import { setImmediate as breathe } from 'node:timers/promises'
import { AppError } from '../../../protocol/errors.ts'
import type { JsonObject } from '../../../protocol/json.ts'
import type { EventLine, MinionRow, PingAnswer, StatusResult } from '../answers/answers.ts'
import type { ControlContext } from '../context.ts'
import type { Verb } from '../dispatch.ts'
import { eventSight } from '../rights/event-sight.ts'
import { textHider } from '../rights/hide-minions.ts'
import { pickMinions, sightOf } from '../rights/pick.ts'
import { type FleetMinion, takeSnapshot } from '../snapshot.ts'
import { withheldSeen } from '../withheld.ts'
import { takenIds } from './keys.ts'

/** The verbs that only look. */

export function pingVerb(context: ControlContext): Verb<'ping'> {
  return async ({ target }, emit, _signal, caller) => {
    const { minions: picked } = await pickMinions(context, caller, 'ping', target)
    const answers = await Promise.all(
      picked.map(async ({ id, known }): Promise<PingAnswer> => {
        const ms = await context.links.ping(id)
        const since = known?.lastSeenAt
        const away = since === undefined ? {} : { awaySince: since }
        const answer = ms === undefined ? { minion: id, ok: false, ...away } : { minion: id, ok: true, ms }
        emit(answer)
        return answer
      }),
    )
    return { answers }
  }
}

export function minionsVerb(context: ControlContext): Verb<'minions'> {
  return async ({ target }, _emit, _signal, caller) => {
    if (target !== undefined) {
      const { snapshot, minions: picked } = await pickMinions(context, caller, 'minions', target)
      const hide = textHider(caller.rights, snapshot.minions)
      return { minions: picked.map(one => minionRow(context, one, hide)) }
    }
    const { minions: all } = await takeSnapshot(context)
    const seen = all.filter(({ view }) => caller.rights.allowsOn('minions', view))
    const hide = textHider(caller.rights, all)
    return { minions: seen.map(one => minionRow(context, one, hide)) }
  }
}

function minionRow({ links }: ControlContext, minion: FleetMinion, hide: (text: string) => string): MinionRow {
  const { id, known, roles, assignment, subject, addresses } = minion
  const withheld = withheldSeen(minion, hide)
  const { level } = assignment
  const grains = subject?.grains ?? known?.grains
  const { lastRun } = known ?? {}
  return {
    minion: id,
    key: known === undefined ? 'none' : 'accepted',
    connected: links.isHere(id),
    ...(known?.lastSeenAt === undefined ? {} : { lastSeenAt: known.lastSeenAt }),
    ...(level === undefined ? {} : { level }),
    roles,
    ...(grains === undefined ? {} : { os: grains.os, version: grains.saltern_version }),
    ...(addresses.address === undefined ? {} : { address: addresses.address }),
    ...(grains?.ip4 === undefined ? {} : { ip4: grains.ip4 }),
    ...(lastRun === undefined ? {} : { lastRun: { run: lastRun.id, state: lastRun.state, at: lastRun.finishedAt } }),
    ...(withheld === undefined ? {} : { withheld }),
  }
}

export function statusVerb(context: ControlContext): Verb<'status'> {
  return async () => {
    const { store, facts } = context
    const fleet = await fleetStatus(context)
    const { keys, runs, minions } = store.status()
    const taken = (keys['pending'] ?? 0) === 0 ? [] : takenIds(context.keyStore.list())
    const onTheWay = (['queued', 'sent', 'accepted', 'running'] as const).reduce(
      (sum, state) => sum + (runs[state] ?? 0),
      0,
    )
    return {
      version: facts.version,
      pid: facts.pid,
      startedAt: facts.startedAt,
      fleet,
      root: facts.rootFingerprint,
      master: facts.name,
      listen: facts.listen,
      minions: {
        accepted: keys['accepted'] ?? 0,
        connected: minions.connected,
        pending: keys['pending'] ?? 0,
        ...(taken.length === 0 ? {} : { taken }),
      },
      runs: { onTheWay },
      log: { lastSeq: store.log.lastSeq() },
    }
  }
}

/** Status is given whatever is wrong with the files of the fleet: it says what that is. */
async function fleetStatus(context: ControlContext): Promise<StatusResult['fleet']> {
  const { fleetId: id, fleetDirectory: directory } = context
  try {
    const { fleet } = await takeSnapshot(context)
    const problems = [...fleet.broken.values(), ...fleet.scheduleProblems]
    return { id, name: fleet.name, directory, revision: fleet.revision, ...(problems.length === 0 ? {} : { problems }) }
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown
    return { id, name: id, directory, problems: thrown.problems }
  }
}

const PAGE = 500

export function eventsVerb(context: ControlContext): Verb<'events'> {
  const { store } = context
  return async ({ follow, after, limit }, emit, signal, caller) => {
    const { log } = store
    const sees = eventSight(context, caller, await sightOf(context, caller, 'events'))
    let seen = after ?? Math.max(0, log.lastSeq() - limit)
    let left = limit
    const show = async (): Promise<void> => {
      while (!signal.aborted) {
        const page = log.read(seen, follow ? PAGE : Math.min(PAGE, left))
        for (const { seq, at, event } of page) {
          seen = seq
          if (!sees(event)) continue
          const line: EventLine = { seq, at, type: event.type, event: event as unknown as JsonObject }
          emit(line)
        }
        left -= page.length
        if (page.length === 0 || (!follow && left <= 0)) return
        // A long log takes seconds: others get a word in between, and the reader a moment to read.
        await breathe()
      }
    }
    if (!follow) {
      await show()
      return { lastSeq: seen }
    }
    let news = Promise.withResolvers<void>()
    const wake = (): void => news.resolve()
    const unsubscribe = log.subscribe(wake)
    signal.addEventListener('abort', wake, { once: true })
    try {
      while (!signal.aborted) {
        news = Promise.withResolvers<void>()
        await show()
        if (!signal.aborted) await news.promise
      }
    } finally {
      unsubscribe()
    }
    return { lastSeq: seen }
  }
}
