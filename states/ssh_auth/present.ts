import { defineState } from '../define.ts'
import { word } from '../kinds.ts'
import { blobOf, lookAtKeys, planKeys, publicKey } from '../lib/authorized-keys.ts'
import { newAccountName } from '../name-kinds.ts'
import { required, withDefault } from '../params.ts'

export const sshAuthPresent = defineState({
  name: 'ssh_auth.present',
  summary: 'Adds a public key to the authorized keys of a user. Other keys are not changed.',
  nameKind: publicKey(),
  params: {
    user: required(newAccountName('user'), 'User account that the key gives access to.'),
    config: withDefault(
      word('a path with `%h` for the home directory and `%u` for the user', /^(%h)?(\/[^/\0\n]+)+$/),
      '%h/.ssh/authorized_keys',
      'Path of the authorized_keys file.',
    ),
  },
  owns: ({ name, user, config }) => `ssh-auth:${user}:${config}:${blobOf(name) ?? ''}`,
  opposite: ({ name, user, config }) => ({ type: 'ssh_auth.absent', params: { name, user, config } }),
  read: (system, { user, config }) => lookAtKeys(system, user, config),
  plan({ name, user }, look) {
    const at = look.lines.findIndex(line => blobOf(line) === blobOf(name))
    const others = look.lines.filter(line => blobOf(line) !== blobOf(name))
    return planKeys(user, look, at < 0 ? [...others, name] : others.toSpliced(at, 0, name))
  },
})
