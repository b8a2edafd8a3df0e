import { defineState } from '../define.ts'
import { listOf, word } from '../kinds.ts'
import { blobOf, lookAtKeys, planKeys, publicKey } from '../lib/authorized-keys.ts'
import { newAccountName } from '../name-kinds.ts'
import { required, withDefault } from '../params.ts'

export const sshAuthExclusive = defineState({
  name: 'ssh_auth.exclusive',
  summary: 'Sets the exact authorized keys of a user.',
  nameKind: newAccountName('user'),
  params: {
    keys: required(listOf(publicKey()), 'Lines of authorized_keys(5); with an empty list, nobody can log in.'),
    config: withDefault(
      word('a path with `%h` for the home directory and `%u` for the user', /^(%h)?(\/[^/\0\n]+)+$/),
      '%h/.ssh/authorized_keys',
      'Path of the authorized_keys file.',
    ),
  },
  owns: ({ name, config }) => `ssh-auth:${name}:${config}`,
  mentions: ({ name, keys, config }) => keys.map(key => `ssh-auth:${name}:${config}:${blobOf(key) ?? ''}`),
  opposite: ({ name, config }) => ({ type: 'ssh_auth.exclusive', params: { name, keys: [], config } }),
  read: (system, { name, config }) => lookAtKeys(system, name, config),
  plan: ({ name, keys }, look) => planKeys(name, look, keys),
})
