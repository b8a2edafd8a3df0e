import { defineState } from '../define.ts'
import { word } from '../kinds.ts'
import { blobOf, lookAtKeys, planKeys, publicKey } from '../lib/authorized-keys.ts'
import { newAccountName } from '../name-kinds.ts'
import { required, withDefault } from '../params.ts'

export const sshAuthAbsent = defineState({
  name: 'ssh_auth.absent',
  summary: 'Removes a public key from the authorized keys of a user. Other keys are not changed.',
  absence: true,
  nameKind: publicKey(),
  params: {
    user: required(newAccountName('user'), 'User account to remove the key from.'),
    config: withDefault(
      word('a path with `%h` for the home directory and `%u` for the user', /^(%h)?(\/[^/\0\n]+)+$/),
      '%h/.ssh/authorized_keys',
      'Path of the authorized_keys file.',
    ),
  },
  owns: ({ name, user, config }) => `ssh-auth:${user}:${config}:${blobOf(name) ?? ''}`,
  read: (system, { user, config }) => lookAtKeys(system, user, config),
  plan({ name, user }, look) {
    const others = look.lines.filter(line => blobOf(line) !== blobOf(name))
    return look.user === undefined || others.length === look.lines.length ? [] : planKeys(user, look, others)
  },
})
