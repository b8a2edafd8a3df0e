import { AppError } from '../../protocol/errors.ts'
import type { Action } from '../action.ts'
import { describeValue, type Kind } from '../kinds.ts'
import type { FileStatus, SystemReader, UserAccount } from '../system.ts'
import { type FileLook, planFile, planOwnerAndMode } from './file-plan.ts'

const TYPE = /^(ssh-(ed25519|rsa)|ecdsa-sha2-nistp(256|384|521)|sk-(ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com)$/
/** Words of a line; quoted values of options can contain spaces. */
const WORDS = /(?:[^\s"]|"(?:[^"\\]|\\.)*")+/g

/** A line of authorized_keys(5): options, type, key and comment. */
export function publicKey(): Kind<string> {
  const expected = 'a public key such as `ssh-ed25519 AAAA... anna@laptop`, with options before it if need be'
  return {
    expected,
    secret: false,
    check(value) {
      if (typeof value === 'string' && !/[\r\n]/.test(value) && blobOf(value) !== undefined) {
        return { ok: true, value: value.trim() }
      }
      return { ok: false, fault: { at: '', expected, found: describeValue(value) } }
    },
  }
}

/** Extracts the key without options and comment; lines with the same key data are the same key. Pure. */
export function blobOf(line: string): string | undefined {
  const words = line.match(WORDS) ?? []
  const at = words.findIndex(word => TYPE.test(word))
  const blob = words[at + 1]
  return at >= 0 && at <= 1 && blob !== undefined && /^AAAA[A-Za-z0-9+/]+={0,2}$/.test(blob) ? blob : undefined
}

/** Where the keys of a user are stored, and what is there now. */
export interface KeysLook {
  readonly user: UserAccount | undefined
  readonly path: string
  readonly directory: FileStatus | undefined
  readonly file: FileStatus | undefined
  /** Lines of the file. */
  readonly lines: readonly string[]
}

export async function lookAtKeys(system: SystemReader, name: string, config: string): Promise<KeysLook> {
  const user = await system.user(name)
  const path = config.replaceAll('%h', user?.home ?? '').replaceAll('%u', name)
  if (user === undefined) return { user, path, directory: undefined, file: undefined, lines: [] }
  const file = await system.stat(path)
  const text = file?.kind === 'file' ? ((await system.readText(path)) ?? '') : ''
  const lines = text.split('\n').filter(line => line.trim() !== '')
  return { user, path, directory: await system.stat(directoryOf(path)), file, lines }
}

/** Plans a file with exactly these lines, private to its user as sshd requires. Throws OWNER_UNKNOWN or PATH_TAKEN. Pure. */
export function planKeys(name: string, look: KeysLook, lines: readonly string[]): readonly Action[] {
  const { user, path, directory, file } = look
  if (user === undefined) {
    throw new AppError({
      code: 'OWNER_UNKNOWN',
      message: `there is no user \`${name}\` on this host`,
      hint: `Require the state that creates it: \`require: [{user: ${name}}]\`.`,
    })
  }
  const owner = { user: user.name, group: user.group }
  const content = lines.map(line => `${line}\n`).join('')
  const same = content === look.lines.map(line => `${line}\n`).join('')
  const fileLook: FileLook = { status: file, same: file !== undefined && same }
  return [
    ...planDirectory(directoryOf(path), directory, owner),
    ...planFile({ path, content, mode: '0600', ...owner, showDiff: true }, fileLook),
  ]
}

function planDirectory(
  path: string,
  status: FileStatus | undefined,
  owner: { readonly user: string; readonly group: string },
): readonly Action[] {
  const { user, group } = owner
  if (status?.kind === 'directory') {
    // A system directory, such as /etc/ssh/keys, has its own owner.
    return path.endsWith('/.ssh') ? planOwnerAndMode(path, status, { ...owner, mode: '0700' }) : []
  }
  return [{ do: 'make-directory', path, mode: '0700', parents: false, owner: user, group }]
}

function directoryOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'))
}
