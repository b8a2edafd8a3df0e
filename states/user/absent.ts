import { defineState } from '../define.ts'
import { flag } from '../kinds.ts'
import { newAccountName } from '../name-kinds.ts'
import { withDefault } from '../params.ts'

export const userAbsent = defineState({
  name: 'user.absent',
  summary: 'Removes a local user. Its processes are not stopped.',
  absence: true,
  nameKind: newAccountName('user'),
  params: { purge: withDefault(flag(), false, 'Also remove the home directory and mail spool.') },
  owns: ({ name }) => `user:${name}`,
  conflicts: ({ name }) => (name === 'root' ? ['`root` belongs to every host and is never removed'] : []),
  read: (system, { name }) => system.user(name),
  plan({ name, purge }, account) {
    if (account === undefined) return []
    const argv = ['userdel', ...(purge ? ['--remove'] : []), name]
    return [{ do: 'run', summary: `remove the user ${name}${purge ? ' with its home directory' : ''}`, argv }]
  },
})
