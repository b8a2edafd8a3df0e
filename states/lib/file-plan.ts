import { dirname } from 'node:path/posix'
import { AppError } from '../../protocol/errors.ts'
import type { Action, Content } from '../action.ts'
import type { FileStatus, SystemReader } from '../system.ts'

/** The wanted state of a regular file. */
export interface WantedFile {
  readonly path: string
  readonly content: Content
  readonly mode: string
  readonly user: string
  readonly group: string
  readonly showDiff: boolean
  /** See the action `write-file`. */
  readonly isWhole?: boolean
}

export interface FileLook {
  readonly status: FileStatus | undefined
  /** Whether the content matches; compared by digest, so that no content is kept. */
  readonly same: boolean
}

export async function lookAtFile(system: SystemReader, path: string, content: Content): Promise<FileLook> {
  const status = await system.stat(path)
  if (status?.kind !== 'file') return { status, same: false }
  return { status, same: (await system.sha256(path)) === system.digest(content) }
}

/** Plans the changes to a file. Throws PATH_TAKEN when something other than a regular file is at the path. Pure. */
export function planFile(wanted: WantedFile, look: FileLook): readonly Action[] {
  const { path, content, mode, user, group, showDiff, isWhole } = wanted
  const { status, same } = look
  if (status !== undefined && status.kind !== 'file') throw pathTaken(path, 'a file', status)
  if (status === undefined || !same) {
    const whole = isWhole === true ? { isWhole } : {}
    return [{ do: 'write-file', path, content, mode, owner: user, group, showDiff, ...whole }]
  }
  return planOwnerAndMode(path, status, wanted)
}

/** Plans owner before mode, and the mode again after a change of owner, because chown(2) clears the set-id bits. Pure. */
export function planOwnerAndMode(
  path: string,
  status: FileStatus,
  wanted: { readonly user: string; readonly group: string; readonly mode: string },
): readonly Action[] {
  const owned = isNamed(wanted.user, status.owner, status.uid) && isNamed(wanted.group, status.group, status.gid)
  const actions: Action[] = []
  if (!owned) actions.push({ do: 'set-owner', path, owner: wanted.user, group: wanted.group })
  const cleared = !owned && !wanted.mode.startsWith('0')
  if (status.mode !== wanted.mode || cleared) actions.push({ do: 'set-mode', path, mode: wanted.mode })
  return actions
}

/** True when the directory of `path` does not exist. */
export async function lacksParent(system: SystemReader, path: string): Promise<boolean> {
  const parent = dirname(path)
  return parent !== '/' && (await system.stat(parent)) === undefined
}

/** Plans the parent directory, with all missing directories above it. Pure. */
export function makeParent(path: string, ownership: { readonly user?: string; readonly group?: string }): Action {
  const { user: owner, group } = ownership
  return { do: 'make-directory', path: dirname(path), mode: '0755', parents: true, owner, group }
}

const KINDS = { file: 'a file', directory: 'a directory', symlink: 'a symbolic link', other: 'a special file' } as const

/** The error when something of another kind is at the path of a state. Pure. */
export function pathTaken(path: string, wanted: string, status: FileStatus, hint?: string): AppError {
  const there = status.kind === 'symlink' ? `a symbolic link to \`${status.target ?? '?'}\`` : KINDS[status.kind]
  const how =
    status.kind === 'symlink'
      ? `Manage \`${status.target ?? 'its target'}\` itself, or remove the link first: \`file.absent: {name: ${path}}\`.`
      : `Move it away, or remove it first: \`file.absent: {name: ${path}}\`.`
  return new AppError({
    code: 'PATH_TAKEN',
    message: `\`${path}\` must be ${wanted}, but it is ${there}`,
    hint: hint ?? how,
  })
}

function isNamed(wanted: string, name: string, number: number): boolean {
  return wanted === name || wanted === String(number)
}
