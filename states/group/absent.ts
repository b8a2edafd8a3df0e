import { defineState } from '../define.ts'
import { newAccountName } from '../name-kinds.ts'

export const groupAbsent = defineState({
  name: 'group.absent',
  summary: 'Removes a local group. groupdel(8) refuses to remove the primary group of a user.',
  absence: true,
  nameKind: newAccountName('group'),
  params: {},
  owns: ({ name }) => `group:${name}`,
  conflicts: ({ name }) => (name === 'root' ? ['`root` belongs to every host and is never removed'] : []),
  read: (system, { name }) => system.group(name),
  plan: ({ name }, group) =>
    group === undefined ? [] : [{ do: 'run', summary: `remove the group ${name}`, argv: ['groupdel', name] }],
})
