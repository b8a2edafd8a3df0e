import { selectMinions } from '../../target/match.ts'
import { parseTarget } from '../../target/parse.ts'
import type { ControlContext } from '../context.ts'
import type { Verb } from '../dispatch.ts'
import { takeSnapshot } from '../snapshot.ts'

/** The minions whose ports the caller may reach; without a target those that he may not are left out. */
export function sshConfigVerb(context: ControlContext): Verb<'ssh-config'> {
  return async ({ target }, _emit, _signal, { rights }) => {
    const { fleet, minions } = await takeSnapshot(context)
    const mine = minions.filter(({ known, view }) => known !== undefined && rights.allowsOn('forward', view))
    const views = mine.map(({ view }) => view)
    const picked = target === undefined ? views : selectMinions(target, parseTarget(target), views)
    return { fleet: fleet.id, minions: picked.map(({ id }) => id) }
  }
}
