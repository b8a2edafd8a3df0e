import { AppError } from '../../../protocol/errors.ts'
import { suggest } from '../../yaml/suggest.ts'
import type { ContractResult } from '../answers/contract-answers.ts'
import type { ControlContext } from '../context.ts'
import { judgeFleet, shownTo } from '../contracts.ts'
import type { Verb } from '../dispatch.ts'
import { takeSnapshot } from '../snapshot.ts'

/** Judges contracts now, by what minions last told: no minion is asked. */
export function contractVerb(context: ControlContext): Verb<'contract'> {
  return async ({ role }, _emit, _signal, caller): Promise<ContractResult> => {
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
  }
}
