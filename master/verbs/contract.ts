import { z } from 'zod'
import type { ContractFinding } from '../../protocol/contract.ts'
import { AppError } from '../../protocol/errors.ts'
import { judgeFleet, shownTo } from '../control/contracts.ts'
import { takeSnapshot } from '../control/snapshot.ts'
import { suggest } from '../yaml/suggest.ts'
import { defineVerb } from './define.ts'
import { name } from './fields.ts'

/** The state of one role's contract in one level. */
export interface ContractState {
  readonly level: string
  /** Number of its demands that were judged, and of those that are broken. */
  readonly judged: number
  readonly broken: number
}

export interface ContractResult {
  /** ISO 8601. */
  readonly at: string
  /** Includes demands that are met; ordered by level, role, minion. */
  readonly findings: readonly ContractFinding[]
  /** Minions that have not reported about their hosts yet; an `apply` or `test` makes them report. */
  readonly unseen: readonly string[]
}

/** Judges contracts now, from what minions last reported; no minion is contacted. */
const contractVerb = defineVerb({
  name: 'contract',
  input: z.strictObject({ role: name.optional() }),
  right: { on: 'filtered', kind: 'read' },
  async run(context, { role }, { caller }): Promise<ContractResult> {
    const snapshot = await takeSnapshot(context)
    if (role !== undefined && !snapshot.library.roles.has(role)) {
      const near = suggest(role, snapshot.library.roles.keys())
      throw new AppError({
        code: 'ROLE_UNKNOWN',
        message: `there is no role \`${role.slice(0, 80)}\``,
        hint: near === undefined ? 'See `master roles`.' : `Did you mean \`${near}\`?`,
      })
    }
    const judged = await judgeFleet(context, snapshot, { dns: true })
    const { findings, unseen } = shownTo(caller, 'contract', snapshot, judged)
    const holders = new Set(
      snapshot.minions.filter(one => role === undefined || one.roles.includes(role)).map(({ id }) => id),
    )
    return {
      at: new Date(context.now()).toISOString(),
      findings: findings.filter(finding => role === undefined || finding.role === role),
      unseen: unseen.filter(id => holders.has(id)),
    }
  },
})

export const contractVerbs = [contractVerb] as const
