import { z } from 'zod'
import type { RunState } from '../../protocol/report.ts'
import { textHider } from '../access/hide-minions.ts'
import { pickMinions } from '../access/pick.ts'
import type { ControlContext } from '../context.ts'
import { type FleetMinion, takeSnapshot } from '../control/snapshot.ts'
import { withheldSeen } from '../control/withheld.ts'
import type { Withheld } from '../control/withheld-text.ts'
import type { JobVerb } from '../store/log/events.ts'
import type { ReportedRun } from '../store/tables/run-history.ts'
import { defineVerb, lines } from './define.ts'
import { target } from './fields.ts'

/** Verbs that only read. */

export interface PingAnswer {
  readonly minion: string
  readonly ok: boolean
  /** Round trip in milliseconds, measured by the master. */
  readonly ms?: number
  /** When it went offline; absent when it has never connected. */
  readonly offlineSince?: string
}

export interface MinionRow {
  readonly minion: string
  readonly key: 'accepted' | 'none'
  readonly connected: boolean
  readonly lastSeenAt?: string
  readonly level?: string
  readonly roles: readonly string[]
  readonly os?: string
  /** The trusted address. */
  readonly address?: string
  /** As reported by the minion. */
  readonly ip4?: string
  readonly version?: string
  readonly lastRun?: { readonly run: string; readonly verb: JobVerb; readonly state: RunState; readonly at: string }
  /**
   * Of the newest run that reported: how many states a test would have changed, 0 after an apply that was done. Absent: none has
   * reported, or the apply failed.
   */
  readonly drift?: { readonly run: string; readonly states: number; readonly at: string }
  /** Entries of inventory.yml and matches of pillar/top.yml that match its id but do not apply; absent: none. */
  readonly withheld?: Withheld
}

const pingVerb = defineVerb({
  name: 'ping',
  input: z.strictObject({ target }),
  right: { on: 'minions', kind: 'read' },
  streams: lines<PingAnswer>(),
  async run(context, { target }, { emit, caller }): Promise<{ readonly answers: readonly PingAnswer[] }> {
    const { minions: picked } = await pickMinions(context, caller, 'ping', target)
    const answers = await Promise.all(
      picked.map(async ({ id, known }): Promise<PingAnswer> => {
        const ms = await context.links.ping(id)
        const since = known?.lastSeenAt
        const offline = since === undefined ? {} : { offlineSince: since }
        const answer = ms === undefined ? { minion: id, ok: false, ...offline } : { minion: id, ok: true, ms }
        emit(answer)
        return answer
      }),
    )
    return { answers }
  },
})

const minionsVerb = defineVerb({
  name: 'minions',
  input: z.strictObject({ target: target.optional() }),
  right: { on: 'filtered', kind: 'read' },
  async run(context, { target }, { caller }) {
    if (target !== undefined) {
      const { snapshot, minions: picked } = await pickMinions(context, caller, 'minions', target)
      const hide = textHider(caller.rights, snapshot.minions)
      return { minions: picked.map(one => minionRow(context, one, hide)) }
    }
    const { minions: all } = await takeSnapshot(context)
    const seen = all.filter(({ view }) => caller.rights.allowsOn('minions', view))
    const hide = textHider(caller.rights, all)
    return { minions: seen.map(one => minionRow(context, one, hide)) }
  },
})

export const minionVerbs = [pingVerb, minionsVerb] as const

function minionRow({ links, store }: ControlContext, minion: FleetMinion, hide: (text: string) => string): MinionRow {
  const { id, known, roles, assignment, subject, addresses } = minion
  const withheld = withheldSeen(minion, hide)
  const { level } = assignment
  const grains = subject?.grains ?? known?.grains
  const { lastRun } = known ?? {}
  const drift = driftOf(store.history.lastReported(id))
  return {
    minion: id,
    key: known === undefined ? 'none' : 'accepted',
    connected: links.isOnline(id),
    ...(known?.lastSeenAt === undefined ? {} : { lastSeenAt: known.lastSeenAt }),
    ...(level === undefined ? {} : { level }),
    roles,
    ...(grains === undefined ? {} : { os: grains.os, version: grains.saltern_version }),
    ...(addresses.address === undefined ? {} : { address: addresses.address }),
    ...(grains?.ip4 === undefined ? {} : { ip4: grains.ip4 }),
    ...(lastRun === undefined
      ? {}
      : { lastRun: { run: lastRun.id, verb: lastRun.verb, state: lastRun.state, at: lastRun.finishedAt } }),
    ...(drift === undefined ? {} : { drift }),
    ...(withheld === undefined ? {} : { withheld }),
  }
}

/** Pure. */
function driftOf(last: ReportedRun | undefined): MinionRow['drift'] {
  if (last === undefined || (last.verb === 'apply' && last.state !== 'done')) return undefined
  const { run, at, counts } = last
  return { run, at, states: last.verb === 'apply' ? 0 : (counts['would-change'] ?? 0) }
}
