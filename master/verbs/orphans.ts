import { z } from 'zod'
import { AppError } from '../../protocol/errors.ts'
import { ORPHAN_STATES } from '../../protocol/order-schema.ts'
import type { Caller } from '../access/caller.ts'
import { pickMinions, visibilityOf } from '../access/pick.ts'
import type { ControlContext } from '../context.ts'
import { takeSnapshot } from '../control/snapshot.ts'
import { type ApplyWish, applyMinions } from '../jobs/apply.ts'
import type { ApplyEvent } from '../jobs/results.ts'
import type { ReportedOrphans } from '../store/tables/orphans.ts'
import { suggest } from '../yaml/suggest.ts'
import { defineVerb, lines } from './define.ts'
import { patience, target } from './fields.ts'

/** Verbs for what earlier runs made and no state declares any more. */

export interface OrphansResult {
  /** Without a target, only minions that have orphans. */
  readonly minions: readonly ReportedOrphans[]
  /** Picked minions that have not reported their orphans yet. Without a target, only those that have run something. */
  readonly unknown: readonly string[]
}

const orphansVerb = defineVerb({
  name: 'orphans',
  input: z.strictObject({ target: target.optional() }),
  right: { on: 'filtered', kind: 'read' },
  async run(context, { target }, { caller }): Promise<OrphansResult> {
    if (target !== undefined) {
      const { minions } = await pickMinions(context, caller, 'orphans', target)
      const rows = minions.map(({ id }) => ({ id, row: context.store.orphans.of(id) }))
      return {
        minions: rows.flatMap(({ row }) => row ?? []),
        unknown: rows.flatMap(({ id, row }) => (row === undefined ? [id] : [])),
      }
    }
    const sees = await visibilityOf(context, caller, 'orphans')
    const { minions } = await takeSnapshot(context)
    const seen = minions.filter(({ id }) => sees(id))
    const ids = new Set(seen.map(({ id }) => id))
    const reported = context.store.orphans.reported()
    return {
      minions: context.store.orphans.withAny().filter(({ minion }) => ids.has(minion)),
      // Their last report is from before this master knew orphans.
      unknown: seen.flatMap(({ id, known }) => (known?.lastRun !== undefined && !reported.has(id) ? [id] : [])),
    }
  },
})

/** They are in an event of the log, which has at most 4 KiB. */
const MOST_CHARACTERS = 2000

const INPUT = z.strictObject({
  target,
  /** State keys or resources, such as `web/file.managed/motd` or `file:/etc/motd`; absent: all orphans. */
  states: z
    .array(z.string().min(1).max(ORPHAN_STATES.longest))
    .min(1)
    .max(ORPHAN_STATES.most)
    .refine(states => states.join('').length <= MOST_CHARACTERS, `at most ${MOST_CHARACTERS} characters in all`)
    .optional(),
  /** Dry run. */
  test: z.boolean().default(false),
  waitMs: patience.default(0),
  /** Stops the whole job when a minion cannot be compiled or encrypted for. */
  strict: z.boolean().default(false),
})

const removeVerb = defineVerb({
  name: 'orphans-remove',
  input: INPUT,
  right: { on: 'minions', kind: 'write' },
  streams: lines<ApplyEvent>(),
  run: actOnOrphans,
})

const forgetVerb = defineVerb({
  name: 'orphans-forget',
  input: INPUT,
  right: { on: 'minions', kind: 'write' },
  streams: lines<ApplyEvent>(),
  run: actOnOrphans,
})

export const orphanVerbs = [orphansVerb, removeVerb, forgetVerb] as const

async function actOnOrphans(
  context: ControlContext,
  { target, states, test, waitMs, strict }: z.output<typeof INPUT>,
  asked: Parameters<typeof applyMinions>[2],
) {
  if (states !== undefined) await demandKnown(context, asked.caller, asked.verb, target, states)
  const orphans = { test, ...(states === undefined ? {} : { states: [...new Set(states)] }) }
  const wish: ApplyWish = { target, waitMs, splayMs: 0, strict, orphans }
  return await applyMinions(context, wish, asked)
}

/** Throws ORPHAN_UNKNOWN for a name that no minion of the target has reported, unless one of them has reported nothing yet. */
async function demandKnown(
  context: ControlContext,
  caller: Caller,
  verb: string,
  target: string,
  states: readonly string[],
): Promise<void> {
  const { minions } = await pickMinions(context, caller, verb, target)
  const reported = minions.map(({ id }) => context.store.orphans.of(id))
  if (reported.some(row => row === undefined || row.count > row.orphans.length)) return
  const known = new Set(reported.flatMap(row => row?.orphans.flatMap(({ key, thing }) => [key, thing]) ?? []))
  const missing = states.find(state => !known.has(state as never))
  if (missing === undefined) return
  const near = suggest(missing, [...known])
  throw new AppError({
    code: 'ORPHAN_UNKNOWN',
    message: `no minion of the target has reported \`${missing}\` as an orphan`,
    hint: near === undefined ? 'List them with `master orphans TARGET`.' : `Did you mean \`${near}\`?`,
  })
}
