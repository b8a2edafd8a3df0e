import { z } from 'zod'
import { unreadable } from './faults.ts'

/** Metadata of a backup. */
export interface Manifest {
  /** 1 is our own container, read only; 2 is tar in gzip in the age format. */
  readonly format: 1 | 2
  /** ISO 8601. */
  readonly madeAt: string
  /** Version of the program that created the backup. */
  readonly version: string
  readonly fleet: string
  readonly events: number
  readonly jobs: number
  readonly minions: number
  readonly keys: number
  /** Number of files in the fleet directory. */
  readonly files: number
  /** Mode of the fleet directory itself. */
  readonly fleetMode: number
}

/** Where an entry belongs: the state directory, the fleet directory, or the settings of the master. */
export type Root = 'state' | 'fleet' | 'settings'

/** One file, directory or symbolic link. `path` is relative to its root. */
export type Entry =
  | { readonly kind: 'file'; readonly root: Root; readonly path: string; readonly mode: number; readonly size: number }
  | { readonly kind: 'directory'; readonly root: Root; readonly path: string; readonly mode: number }
  | { readonly kind: 'link'; readonly root: Root; readonly path: string; readonly to: string }

/** An entry with its content. */
export interface Packed {
  readonly entry: Entry
  /** Content of a file; read it to the end before the next entry. */
  readonly content: AsyncIterable<Uint8Array>
}

/** Contents of a backup, in the order in which they were written. */
export interface Unpacked {
  readonly manifest: Manifest
  readonly entries: AsyncGenerator<Packed>
}

/** Limits of a backup, so that a malicious one costs bounded time and memory. */
export const MOST_ENTRIES = 1_000_000
export const MOST_LINKS = 100_000
/** PATH_MAX, in bytes. */
const LONGEST_PATH = 4096

const count = z.int().min(0)
const manifestSchema = z.object({
  format: z.literal([1, 2]),
  madeAt: z.iso.datetime(),
  version: z.string().max(100),
  fleet: z.string().regex(/^[0-9a-f]{32}$/),
  events: count,
  jobs: count,
  minions: count,
  keys: count,
  files: count,
  fleetMode: z.int().min(0).max(0o777),
})

/** Parses and checks a manifest. Throws BACKUP_UNREADABLE. Pure. */
export function manifestOf(text: string, format: Manifest['format']): Manifest {
  const value = parsed(text)
  const found: unknown = typeof value === 'object' && value !== null && 'format' in value ? value.format : undefined
  if (typeof found === 'number' && found > format) {
    throw unreadable(`it has format ${found}, this master supports formats up to ${format}`)
  }
  const checked = manifestSchema.safeParse(value)
  if (checked.success && checked.data.format === format) return checked.data
  throw unreadable('it does not match the backup format', checked.error)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw unreadable('its content is not that of a backup', cause)
  }
}

/** True for a path that stays below its root. Pure. */
export function staysBelow(path: string): boolean {
  if (path.includes('\0') || Buffer.byteLength(path) > LONGEST_PATH) return false
  return path.split('/').every(part => part !== '' && part !== '.' && part !== '..')
}

/** Refuses entries that would be written outside their root, and more than a backup can hold. Throws BACKUP_UNREADABLE. */
export class EntryGuard {
  readonly #links = new Set<string>()
  #entries = 0

  admit(entry: Entry): void {
    this.#entries++
    if (this.#entries > MOST_ENTRIES) throw unreadable(`it has more than ${MOST_ENTRIES} files`)
    // An entry below a link would be written to the link's target.
    const link = this.#links.size === 0 ? undefined : ancestorsOf(entry).find(place => this.#links.has(place))
    if (link !== undefined) {
      throw unreadable(`it contains \`${entry.root}/${entry.path}\`, which is below a symbolic link, \`${link}\``)
    }
    if (entry.kind !== 'link') return
    if (this.#links.size === MOST_LINKS) throw unreadable(`it has more than ${MOST_LINKS} symbolic links`)
    this.#links.add(`${entry.root}/${entry.path}`)
  }
}

function ancestorsOf({ root, path }: Entry): readonly string[] {
  const parts = path.split('/')
  return parts.slice(1).map((_, index) => `${root}/${parts.slice(0, index + 1).join('/')}`)
}
