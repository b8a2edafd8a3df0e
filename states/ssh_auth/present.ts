import { defineState } from '../define.ts'
import { word } from '../kinds.ts'
import { blobOf, lookAtKeys, planKeys, publicKey } from '../lib/authorized-keys.ts'
import { newAccountName } from '../name-kinds.ts'
import { required, withDefault } from '../params.ts'

export const sshAuthPresent = defineState({
  name: 'ssh_auth.present',
  summary: 'A public key with which a user logs in over ssh; its other keys are left alone.',
  nameKind: publicKey(),
  params: {
    user: required(newAccountName('user'), 'Whose login.'),
    config: withDefault(
      word('a path with `%h` for the home directory and `%u` for the user', /^(%h)?(\/[^/\0\n]+)+$/),
      '%h/.ssh/authorized_keys',
      'The file of the keys.',
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
