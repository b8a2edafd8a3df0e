import { AppError } from '../../protocol/errors.ts'
import { Secret } from '../../protocol/secret.ts'
import type { Action } from '../action.ts'
import { defineState } from '../define.ts'
import { absolutePath, fileMode } from '../kinds.ts'
import { pathTaken, planOwnerAndMode } from '../lib/file-plan.ts'
import { isWireguardKey } from '../lib/wireguard-config.ts'
import { accountName } from '../name-kinds.ts'
import { withDefault } from '../params.ts'
import type { FileStatus, SystemReader } from '../system.ts'

interface Current {
  readonly status: FileStatus | undefined
  /** The public half, derived from the private one; undefined when that is not a key. */
  readonly public: string | undefined
  /** Content of the file beside it. */
  readonly written: string | undefined
}

export const wireguardKey = defineState({
  name: 'wireguard.key',
  summary:
    'Generates a WireGuard private key on the host; it never leaves the host. The public key is written to `NAME.pub`.',
  nameKind: absolutePath(),
  params: {
    mode: withDefault(fileMode(), '0600', 'Permissions of the private key.'),
    user: withDefault(accountName('user'), 'root', 'Owner of both files.'),
    group: withDefault(accountName('group'), 'root', 'Group of both files.'),
  },
  owns: ({ name }) => `file:${name}`,
  async read(system, { name }): Promise<Current> {
    const status = await system.stat(name)
    const written = (await system.readText(`${name}.pub`))?.trim()
    return { status, public: status?.kind === 'file' ? await publicOf(system, name) : undefined, written }
  },
  plan({ name, mode, user, group }, { status, public: key, written }) {
    if (status === undefined) return [{ do: 'make-key', path: name, mode, owner: user, group }]
    if (status.kind !== 'file') throw pathTaken(name, 'a private key', status)
    if (key === undefined) throw noKey(name)
    const actions: Action[] = [...planOwnerAndMode(name, status, { user, group, mode })]
    if (written !== key) {
      const path = `${name}.pub`
      actions.push({ do: 'write-file', path, content: `${key}\n`, mode: '0644', owner: user, group, showDiff: true })
    }
    return actions
  },
  reports: 'the public key',
  report: (_params, { public: key }) => key,
})

async function publicOf(system: SystemReader, path: string): Promise<string | undefined> {
  const text = (await system.readText(path)) ?? ''
  const { exitCode, stdout } = await system.query(['wg', 'pubkey'], { stdin: new Secret(text, path) })
  const key = stdout.trim()
  return exitCode === 0 && isWireguardKey(key) ? key : undefined
}

function noKey(path: string): AppError {
  return new AppError({
    code: 'KEY_INVALID',
    message: `\`${path}\` does not contain a WireGuard private key`,
    hint: `Move it away, and the next apply creates a new one: \`mv ${path} ${path}.old\`.`,
  })
}
