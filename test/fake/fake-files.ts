import { dirname } from 'node:path/posix'
import { sha256Of } from '../../protocol/catalog.ts'
import { revealText, Secret } from '../../protocol/secret.ts'
import type { Action, Content } from '../../states/action.ts'
import type { FileStatus } from '../../states/system.ts'

/** A file, unless it has a `target` or is a `directory`. Defaults: root, root and 0644 (0755). */
export interface FakeEntry {
  readonly content?: Content
  readonly directory?: true
  readonly target?: string
  readonly mode?: string
  readonly owner?: string
  readonly group?: string
}

export interface FakeFiles {
  set(path: string, entry: FakeEntry | undefined): void
  stat(path: string): FileStatus | undefined
  /** Follows the links that the test defined. */
  content(path: string): Content | undefined
  list(path: string): readonly string[] | undefined
  perform(action: FileAction): void
}

type FileAction = Extract<
  Action,
  {
    readonly do:
      | 'write-file'
      | 'make-directory'
      | 'set-mode'
      | 'set-owner'
      | 'remove'
      | 'link'
      | 'download'
      | 'make-key'
  }
>

/** The public half of every key generated on a fake host. */
export const FAKE_PUBLIC_KEY = `${'p'.repeat(42)}E=`

const NUMBERS: { readonly [name: string]: number } = { root: 0, anna: 10_001, git: 120, mysql: 110, 'www-data': 33 }

/** Creates fake files. Nothing exists below a path that is known to be missing; any other path must be defined by the test. */
export function createFakeFiles(
  initial: { readonly [path: string]: FakeEntry | undefined },
  downloads: { readonly [url: string]: string } = {},
): FakeFiles {
  const entries = new Map(Object.entries(initial))
  /** Directories created by actions; their content is known. */
  const made = new Set<string>()

  const isKnown = (path: string): boolean => {
    if (entries.has(path) || path === '/') return true
    for (let above = dirname(path); above !== '/'; above = dirname(above)) {
      if (made.has(above) || (entries.has(above) && entries.get(above) === undefined)) return true
    }
    return false
  }

  const look = (path: string): FakeEntry | undefined => {
    if (!isKnown(path)) throw new Error(`the path ${path} was not told`)
    return path === '/' && !entries.has(path) ? { directory: true } : entries.get(path)
  }

  const mustBe = (path: string): FakeEntry => {
    const entry = look(path)
    if (entry === undefined) throw new Error(`${path}: no such file`)
    return entry
  }

  const needsParent = (path: string): void => {
    const parent = dirname(path)
    if (isKnown(parent) && look(parent)?.directory !== true) throw new Error(`${parent}: no such directory`)
  }

  const makeParents = (path: string, like: FakeEntry): void => {
    const parent = dirname(path)
    if (parent === '/' || look(parent) !== undefined) return
    makeParents(parent, like)
    entries.set(parent, { ...like, directory: true, mode: '0755' })
    made.add(parent)
  }

  const below = (path: string): readonly string[] => [...entries.keys()].filter(other => other.startsWith(`${path}/`))

  return {
    set: (path, entry) => entries.set(path, entry),
    stat(path) {
      const entry = look(path)
      return entry === undefined ? undefined : statusOf(entry)
    },
    content(path) {
      const entry = look(path)
      const end = entry?.target === undefined ? entry : look(entry.target)
      return end === undefined || end.directory === true ? undefined : (end.content ?? '')
    },
    list(path) {
      if (look(path)?.directory !== true) return undefined
      const names = below(path).filter(other => entries.get(other) !== undefined && dirname(other) === path)
      return names.map(other => other.slice(path.length + 1)).sort()
    },
    perform(action) {
      const { path } = action
      switch (action.do) {
        case 'write-file': {
          needsParent(path)
          if (look(path)?.directory === true) throw new Error(`${path}: is a directory`)
          entries.set(path, { content: action.content, mode: action.mode, ...ownership(action, look(path)) })
          return
        }
        case 'make-directory': {
          if (look(path) !== undefined) throw new Error(`${path}: exists`)
          if (action.parents) makeParents(path, ownership(action, undefined))
          needsParent(path)
          entries.set(path, { directory: true, mode: action.mode, ...ownership(action, undefined) })
          made.add(path)
          return
        }
        case 'make-key':
          needsParent(path)
          if (look(path) !== undefined) throw new Error(`${path}: exists`)
          entries.set(path, { content: `private ${path}`, mode: action.mode, ...ownership(action, undefined) })
          entries.set(`${path}.pub`, { content: `${FAKE_PUBLIC_KEY}\n`, mode: '0644', ...ownership(action, undefined) })
          return
        case 'download': {
          needsParent(path)
          const content = downloads[action.url]
          if (content === undefined) throw new Error(`not told what ${action.url} holds`)
          if (sha256Of(content) !== action.sha256) throw new Error(`${action.url}: another hash`)
          entries.set(path, { content, mode: action.mode, ...ownership(action, look(path)) })
          return
        }
        case 'set-mode':
          entries.set(path, { ...mustBe(path), mode: action.mode })
          return
        case 'set-owner':
          entries.set(path, { ...withoutSetId(mustBe(path)), ...ownership(action, mustBe(path)) })
          return
        case 'remove':
          if (mustBe(path).directory === true && !action.recursive) throw new Error(`${path}: is a directory`)
          for (const other of below(path)) entries.set(other, undefined)
          entries.set(path, undefined)
          return
        case 'link':
          needsParent(path)
          if (look(path)?.directory === true) throw new Error(`${path}: is a directory`)
          entries.set(path, { target: action.target, mode: '0777' })
      }
    },
  }
}

function statusOf(entry: FakeEntry): FileStatus {
  const { owner = 'root', group = 'root', target } = entry
  const kind = target !== undefined ? 'symlink' : entry.directory === true ? 'directory' : 'file'
  const mode = entry.mode ?? (kind === 'directory' ? '0755' : kind === 'symlink' ? '0777' : '0644')
  const status = { kind, mode, uid: numberOf(owner), gid: numberOf(group), owner, group, size: sizeOf(entry) } as const
  return target === undefined ? status : { ...status, target }
}

function sizeOf({ content = '' }: FakeEntry): number {
  if (typeof content === 'string' || content instanceof Secret) return Buffer.byteLength(revealText(content))
  return content.size
}

function numberOf(name: string): number {
  const number = /^\d+$/.test(name) ? Number(name) : NUMBERS[name]
  if (number === undefined) throw new Error(`the number of ${name} was not told`)
  return number
}

/** undefined keeps the current owner, or uses root for something new. */
function ownership(
  { owner, group }: { readonly owner?: string | undefined; readonly group?: string | undefined },
  now: FakeEntry | undefined,
): { readonly owner: string; readonly group: string } {
  return { owner: owner ?? now?.owner ?? 'root', group: group ?? now?.group ?? 'root' }
}

/** Returns a file after chown(2): the kernel clears the set-user-id and set-group-id bits of a regular file. */
function withoutSetId(entry: FakeEntry): FakeEntry {
  if (entry.directory === true || entry.mode === undefined) return entry
  return { ...entry, mode: `0${entry.mode.slice(1)}` }
}
