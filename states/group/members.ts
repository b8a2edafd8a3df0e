import { AppError } from '../../protocol/errors.ts'
import { defineState } from '../define.ts'
import { listOf } from '../kinds.ts'
import { setMembers } from '../lib/accounts.ts'
import { accountName, newAccountName } from '../name-kinds.ts'
import { required } from '../params.ts'

export const groupMembers = defineState({
  name: 'group.members',
  summary: 'Exactly these members of a group that is made elsewhere, once its users are there.',
  nameKind: newAccountName('group'),
  params: {
    members: required(listOf(accountName('user')), 'Supplementary members; everybody else is taken out.'),
  },
  owns: ({ name }) => `group-members:${name}`,
  read: (system, { name }) => system.group(name),
  plan({ name, members }, group) {
    if (group === undefined) {
      throw new AppError({
        code: 'OWNER_UNKNOWN',
        message: `there is no group \`${name}\` on this host`,
        hint: `Require the state that makes it: \`require: [{group: ${name}}]\`.`,
      })
    }
    return setMembers(name, members, group.members)
  },
})
