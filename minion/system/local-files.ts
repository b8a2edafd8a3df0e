import { hash } from 'node:crypto'
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readFileSync,
  readlinkSync,
  readSync,
  type Stats,
} from 'node:fs'
import type { Sha256 } from '../../protocol/ids.ts'
import { type Mounts, parseMounts } from './mounts.ts'

/** The limit of the kernel, path_resolution(7). */
const MOST_LINKS = 40
/** A file smaller than this is read and written at once. */
export const AT_ONCE = 64 * 1024
const LOOK = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY | constants.O_NOFOLLOW

/**
 * Looks at files by synchronous calls, which take a tenth of the time of asynchronous ones. It does so only where no call can
 * wait for another machine or for a program, and where the directory and all its parents belong to root and nobody else can
 * write them: nobody can put a link or a mount in the way between two calls. A parent such as /tmp may be sticky instead: only
 * root can rename or remove what belongs to root there. A block device counts as local, although it can be reached over a
 * network. Each method returns `undefined` when it does not answer; then look asynchronously, which also explains errors. A
 * directory is resolved once, until it is forgotten.
 */
export class LocalFiles {
  /** The path without links, by the path that was asked for; undefined when nothing is looked at there. */
  readonly #real = new Map<string, string | undefined>()
  #followedLink = false
  readonly #owners: readonly number[] = [0, process.getuid?.() ?? 0]
  readonly #buffer = Buffer.allocUnsafeSlow(AT_ONCE)
  readonly #readMounts: () => string
  #mounts: Mounts | undefined

  constructor(readMounts = (): string => readFileSync('/proc/self/mountinfo', 'utf8')) {
    this.#readMounts = readMounts
  }

  /** Drops what is known of directories and mounts. */
  forget(): void {
    this.#real.clear()
    this.#followedLink = false
    this.#mounts = undefined
  }

  /** Call when a file was written and renamed, by which no directory and no mount changes, at most a link. */
  fileReplaced(): void {
    if (this.#followedLink) this.forget()
  }

  /** The status of the path itself, with the target of a link; `absent` when nothing is there. */
  status(path: string): { readonly stats: Stats; readonly target?: string } | 'absent' | undefined {
    return attempt(() => {
      const place = this.#place(path)
      if (place === undefined) return undefined
      const stats = lstatSync(place, { throwIfNoEntry: false })
      if (stats === undefined) return 'absent'
      return stats.isSymbolicLink() ? { stats, target: readlinkSync(place) } : { stats }
    })
  }

  /** The hash of a regular file of less than 64 KiB. */
  sha256(path: string): Sha256 | undefined {
    const bytes = this.content(path)
    return bytes === undefined ? undefined : (hash('sha256', bytes) as Sha256)
  }

  /** The content of a regular file of less than 64 KiB, until the next call. */
  content(path: string): Buffer | undefined {
    return attempt(() => {
      const place = this.#place(path)
      if (place === undefined) return undefined
      const file = openSync(place, LOOK)
      try {
        const status = fstatSync(file)
        if (!status.isFile() || status.size >= AT_ONCE) return undefined
        const length = readSync(file, this.#buffer, 0, AT_ONCE, 0)
        // A read that does not fill the buffer has reached the end of the file.
        return length < AT_ONCE ? this.#buffer.subarray(0, length) : undefined
      } finally {
        closeSync(file)
      }
    })
  }

  /** The path with its directory resolved, to write a file there. */
  place(path: string): string | undefined {
    return attempt(() => this.#place(path))
  }

  /** The path with its directory resolved; undefined when it is not looked at here. */
  #place(path: string): string | undefined {
    const slash = path.lastIndexOf('/')
    const name = path.slice(slash + 1)
    if (!path.startsWith('/') || name === '' || name === '.' || name === '..') return undefined
    const directory = this.#directory(path.slice(0, slash))
    const real = directory === undefined ? undefined : `${directory}/${name}`
    return real !== undefined && this.#isLocal(real) ? real : undefined
  }

  #directory(path: string): string | undefined {
    if (this.#real.has(path)) return this.#real.get(path)
    const found = attempt(() => this.#resolve(path))
    this.#real.set(path, found)
    return found
  }

  #resolve(path: string): string | undefined {
    const rest = parts(path)
    if (!this.#isLocal('/') || !this.#onlyRootWrites(lstatSync('/'))) return undefined
    let real = ''
    let isSticky = false
    for (let links = 0; rest.length > 0; ) {
      const part = rest.shift() ?? ''
      if (part === '..') return undefined
      const next = `${real}/${part}`
      if (!this.#isLocal(next)) return undefined
      const status = lstatSync(next)
      if (status.isSymbolicLink()) {
        links += 1
        this.#followedLink = true
        const target = readlinkSync(next)
        if (links > MOST_LINKS || !this.#owners.includes(status.uid)) return undefined
        rest.unshift(...parts(target))
        if (target.startsWith('/')) real = ''
        continue
      }
      if (!status.isDirectory()) return undefined
      isSticky = this.#isSticky(status)
      if (!isSticky && !this.#onlyRootWrites(status)) return undefined
      real = next
    }
    // What is not there yet, anybody can create in a sticky directory.
    return isSticky ? undefined : real
  }

  /** Root, and the user of this process. With an ACL, the mode shows the most that a named user may do (acl(5)). */
  #onlyRootWrites({ uid, mode }: Stats): boolean {
    return this.#owners.includes(uid) && (mode & 0o022) === 0
  }

  /** Others can write it, but neither rename nor remove what belongs to root. */
  #isSticky({ uid, mode }: Stats): boolean {
    return this.#owners.includes(uid) && (mode & 0o022) !== 0 && (mode & 0o1000) !== 0
  }

  /** Asked for each component on the way down, so a mount above it was seen before. */
  #isLocal(path: string): boolean {
    this.#mounts ??= parseMounts(this.#readMounts())
    return this.#mounts.get(path) ?? true
  }
}

function parts(path: string): string[] {
  return path.split('/').filter(part => part !== '' && part !== '.')
}

/** Errors are left to the asynchronous look. */
function attempt<T>(look: () => T): T | undefined {
  try {
    return look()
  } catch {
    return undefined
  }
}
