import { AppError } from '../../protocol/errors.ts'
import { defineState } from '../define.ts'
import { listOf } from '../kinds.ts'
import { setMembers } from '../lib/accounts.ts'
import { accountName, newAccountName } from '../name-kinds.ts'
import { required } from '../params.ts'

export const groupMembers = defineState({
  name: 'group.members',
  summary: 'Sets the exact members of an existing group. Use it when the users are created after the group.',
  nameKind: newAccountName('group'),
  params: {
    members: required(
      listOf(accountName('user')),
      'Users with this supplementary group; all other users are removed from it.',
    ),
  },
  owns: ({ name }) => `group-members:${name}`,
  read: (system, { name }) => system.group(name),
  plan({ name, members }, group) {
    if (group === undefined) {
      throw new AppError({
        code: 'OWNER_UNKNOWN',
        message: `there is no group \`${name}\` on this host`,
        hint: `Require the state that creates it: \`require: [{group: ${name}}]\`.`,
      })
    }
    return setMembers(name, members, group.members)
  },
})
