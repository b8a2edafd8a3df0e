import { z } from 'zod'
import { groupsAmong, lookedAt } from '../access/pick.ts'
import { takeSnapshot } from '../control/snapshot.ts'
import { selectMinions } from '../target/match.ts'
import { parseTarget } from '../target/parse.ts'
import { defineVerb } from './define.ts'
import { target } from './fields.ts'

/** Lists the minions whose ports the caller may reach; without a target, the others are omitted. */
const sshConfigVerb = defineVerb({
  name: 'ssh-config',
  input: z.strictObject({ target: target.optional() }),
  right: { on: 'public', kind: 'read' },
  async run(context, { target }, { caller: { rights } }) {
    const snapshot = await takeSnapshot(context)
    const { fleet } = snapshot
    const mine = snapshot.minions.filter(({ known, view }) => known !== undefined && rights.allowsOn('forward', view))
    if (target === undefined) return { fleet: fleet.id, minions: mine.map(({ id }) => id) }
    const views = (await lookedAt(context, snapshot, target, mine)).map(({ view }) => view)
    const extent = rights.everywhere('forward') ? 'fleet' : 'visible'
    const picked = selectMinions(target, parseTarget(target, groupsAmong(rights, fleet.groups, mine)), views, extent)
    return { fleet: fleet.id, minions: picked.map(({ id }) => id) }
  },
})

export const sshConfigVerbs = [sshConfigVerb] as const
