import type { Action } from '../action.ts'
import { defineState } from '../define.ts'
import { flag, integer, listOf } from '../kinds.ts'
import { holderOf, idTaken, setMembers } from '../lib/accounts.ts'
import { accountName, newAccountName } from '../name-kinds.ts'
import { optional, withDefault } from '../params.ts'
import type { GroupEntry } from '../system.ts'

interface Current {
  readonly group: GroupEntry | undefined
  /** Another group that has the wanted gid. */
  readonly holder: string | undefined
}

export const groupPresent = defineState({
  name: 'group.present',
  summary: 'A local group.',
  nameKind: newAccountName('group'),
  params: {
    gid: optional(integer(0, 4_294_967_294), 'Numeric id (assigned by the system if omitted).'),
    system: withDefault(flag(), false, 'Take a number from the system range, if this state creates it.'),
    members: optional(listOf(accountName('user')), 'Exact members of the group (not changed if omitted).'),
  },
  owns: ({ name }) => `group:${name}`,
  opposite: ({ name }) => ({ type: 'group.absent', params: { name } }),
  async read(system, { name, gid }): Promise<Current> {
    const group = await system.group(name)
    const holder = gid === undefined || group?.gid === gid ? undefined : await holderOf(system, 'group', gid)
    return { group, holder }
  },
  plan({ name, gid, system, members }, { group, holder }) {
    if (gid !== undefined && holder !== undefined && holder !== name) throw idTaken('gid', gid, name, holder)
    const actions: Action[] = []
    const number = gid === undefined ? [] : ['--gid', String(gid)]
    if (group === undefined) {
      const argv = ['groupadd', ...number, ...(system ? ['--system'] : []), name]
      actions.push({ do: 'run', summary: `create the group ${name}`, argv })
    } else if (gid !== undefined && group.gid !== gid) {
      actions.push({
        do: 'run',
        summary: `change the gid of the group ${name} to ${gid}`,
        argv: ['groupmod', ...number, name],
      })
    }
    return members === undefined ? actions : [...actions, ...setMembers(name, members, group?.members ?? [])]
  },
})
