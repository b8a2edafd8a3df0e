import { z } from 'zod'
import { EntryGuard, manifestOf, type Packed, staysBelow, type Unpacked } from '../entry.ts'
import { unreadable } from '../faults.ts'

const count = z.int().min(0)
const mode = z.int().min(0).max(0o777)
const path = z.string().refine(staysBelow)
const root = z.enum(['state', 'fleet', 'settings'])
const entrySchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('file'), root, path, mode, size: count }),
  z.strictObject({ kind: z.literal('directory'), root, path, mode }),
  z.strictObject({ kind: z.literal('link'), root, path, to: z.string().min(1).max(4096) }),
  z.strictObject({ kind: z.literal('end'), entries: count }),
])
const LONGEST_LINE = 64 * 1024

/*
 * The archive of releases before tar; read only. One JSON line for the manifest and for each entry, a file's bytes after its
 * line, and a line at the end.
 */

/** Reads such an archive. Throws BACKUP_UNREADABLE for anything else. */
export async function unpack(stream: AsyncIterable<Uint8Array>): Promise<Unpacked> {
  const reader = new Reader(stream)
  const manifest = manifestOf(await reader.line(), 1)
  return { manifest, entries: entriesOf(reader) }
}

async function* entriesOf(reader: Reader): AsyncGenerator<Packed> {
  const guard = new EntryGuard()
  for (let total = 0; ; total++) {
    const entry = checked(entrySchema, await reader.line())
    if (entry.kind === 'end') {
      if (entry.entries !== total || !(await reader.isAtEnd()))
        throw unreadable('its content does not match its list of files')
      return
    }
    guard.admit(entry)
    yield { entry, content: reader.take(entry.kind === 'file' ? entry.size : 0) }
  }
}

function checked<T>(schema: z.ZodType<T>, text: string): T {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw unreadable('its content is not that of a backup', cause)
  }
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  throw unreadable('it does not match the backup format', parsed.error)
}

/** Reads lines and counted bytes from chunks of any size. */
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
      if (this.#held.length > LONGEST_LINE || !(await this.#more())) throw unreadable('it is truncated')
    }
  }

  async *take(size: number): AsyncGenerator<Uint8Array> {
    for (let left = size; left > 0; ) {
      if (this.#held.length === 0 && !(await this.#more())) throw unreadable('it is truncated')
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
