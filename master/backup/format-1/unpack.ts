import { z } from 'zod'
import { unreadable } from './seal.ts'

/** What a backup says of itself. */
export interface Manifest {
  readonly format: 1
  /** ISO 8601. */
  readonly madeAt: string
  /** Of the program that made it. */
  readonly version: string
  readonly fleet: string
  readonly events: number
  readonly jobs: number
  readonly minions: number
  readonly keys: number
  /** Of the fleet directory. */
  readonly files: number
  /** Mode of the fleet directory itself. */
  readonly fleetMode: number
}

/** Where an entry belongs: the state directory, the fleet directory, the settings of the master. */
export type Root = 'state' | 'fleet' | 'settings'

/** One file, directory or symbolic link. `path` is relative to its root. */
export type Entry =
  | { readonly kind: 'file'; readonly root: Root; readonly path: string; readonly mode: number; readonly size: number }
  | { readonly kind: 'directory'; readonly root: Root; readonly path: string; readonly mode: number }
  | { readonly kind: 'link'; readonly root: Root; readonly path: string; readonly to: string }

/** An entry with its content. */
export interface Packed {
  readonly entry: Entry
  /** Of a file; must be read to its end before the next entry. */
  readonly content: AsyncIterable<Uint8Array>
}

const count = z.int().min(0)
const mode = z.int().min(0).max(0o777)
const manifestSchema = z.object({
  format: z.literal(1),
  madeAt: z.iso.datetime(),
  version: z.string().max(100),
  fleet: z.string().regex(/^[0-9a-f]{32}$/),
  events: count,
  jobs: count,
  minions: count,
  keys: count,
  files: count,
  fleetMode: mode,
})
const path = z
  .string()
  .min(1)
  .refine(text => text.split('/').every(part => part !== '' && part !== '.' && part !== '..' && !part.includes('\0')))
const root = z.enum(['state', 'fleet', 'settings'])
const entrySchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('file'), root, path, mode, size: count }),
  z.strictObject({ kind: z.literal('directory'), root, path, mode }),
  z.strictObject({ kind: z.literal('link'), root, path, to: z.string().min(1).max(4096) }),
  z.strictObject({ kind: z.literal('end'), entries: count }),
])
const LONGEST_LINE = 64 * 1024

/** A line of JSON for the manifest and for each entry, a file's bytes behind its line, and a line at the end. */
export async function* pack(manifest: Manifest, entries: AsyncIterable<Packed>): AsyncGenerator<Uint8Array> {
  yield line(manifest)
  let total = 0
  for await (const { entry, content } of entries) {
    yield line(entry)
    yield* content
    total++
  }
  yield line({ kind: 'end', entries: total })
}

/** Reads what `pack` wrote. BACKUP_UNREADABLE for anything else. */
export async function unpack(
  stream: AsyncIterable<Uint8Array>,
): Promise<{ readonly manifest: Manifest; readonly entries: AsyncGenerator<Packed> }> {
  const reader = new Reader(stream)
  const manifest = checked(manifestSchema, await reader.line())
  return { manifest, entries: entriesOf(reader) }
}

async function* entriesOf(reader: Reader): AsyncGenerator<Packed> {
  const links = new Set<string>()
  for (let total = 0; ; total++) {
    const entry = checked(entrySchema, await reader.line())
    if (entry.kind === 'end') {
      if (entry.entries !== total || !(await reader.isAtEnd())) throw unreadable('it does not hold what it says')
      return
    }
    // What lies below a link would be laid where the link leads.
    if (ancestorsOf(entry).some(place => links.has(place))) throw unreadable('something in it lies below a link')
    if (entry.kind === 'link') links.add(`${entry.root}/${entry.path}`)
    yield { entry, content: reader.take(entry.kind === 'file' ? entry.size : 0) }
  }
}

function ancestorsOf({ root, path }: Entry): readonly string[] {
  const parts = path.split('/')
  return parts.slice(1).map((_, index) => `${root}/${parts.slice(0, index + 1).join('/')}`)
}

function checked<T>(schema: z.ZodType<T>, text: string): T {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw unreadable('it does not hold what a backup holds', cause)
  }
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  throw unreadable('it does not hold what a backup of this format holds', parsed.error)
}

function line(value: object): Uint8Array {
  return Buffer.from(`${JSON.stringify(value)}\n`, 'utf8')
}

/** Lines and counted bytes out of chunks of any size. */
class Reader {
  readonly #source: AsyncIterator<Uint8Array>
  #held: Uint8Array = new Uint8Array()

  constructor(stream: AsyncIterable<Uint8Array>) {
    this.#source = stream[Symbol.asyncIterator]()
  }

  async line(): Promise<string> {
    for (;;) {
      const end = this.#held.indexOf(0x0a)
      if (end >= 0) {
        const text = Buffer.from(this.#held.subarray(0, end)).toString('utf8')
        this.#held = this.#held.subarray(end + 1)
        return text
      }
      if (this.#held.length > LONGEST_LINE || !(await this.#more())) throw unreadable('it ends too early')
    }
  }

  async *take(size: number): AsyncGenerator<Uint8Array> {
    for (let left = size; left > 0; ) {
      if (this.#held.length === 0 && !(await this.#more())) throw unreadable('it ends too early')
      const part = this.#held.subarray(0, left)
      this.#held = this.#held.subarray(part.length)
      left -= part.length
      yield part
    }
  }

  async isAtEnd(): Promise<boolean> {
    while (this.#held.length === 0) if (!(await this.#more())) return true
    return false
  }

  async #more(): Promise<boolean> {
    const { value, done } = await this.#source.next()
    if (done === true) return false
    this.#held = this.#held.length === 0 ? value : Buffer.concat([this.#held, value])
    return true
  }
}
