import { randomBytes } from 'node:crypto'
import { mkdir, open, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { CatalogState } from '../../protocol/catalog.ts'
import type { StateKey } from '../../protocol/ids.ts'
import type { JsonObject } from '../../protocol/json.ts'
import { writeAtomic } from '../system/write-atomic.ts'

/** One real thing of this host, and which line of which role owns it. */
export interface LedgerEntry extends Pick<CatalogState, 'key' | 'type' | 'id' | 'name' | 'role' | 'declaredAt'> {
  /** True: it was not there before that line made it, so that it may be taken away with it. */
  readonly made: boolean
  /** What becomes of it when no role declares it any more. */
  readonly onOrphan: 'remove' | 'report'
  /** The state that takes it away; absent for data, which is never taken away by itself. */
  readonly opposite?: { readonly type: string; readonly params: JsonObject }
  /** States that react when it changes. */
  readonly watchers: readonly StateKey[]
}

/** Who owns what, by the thing (`file:/etc/motd`). On disk before the thing is made, so that no kill makes a stray. */
export interface Ledger {
  readonly entries: ReadonlyMap<string, LedgerEntry>
  /** Returns after fsync. Writes nothing when nothing is new. */
  claim(owned: ReadonlyMap<string, LedgerEntry>): Promise<void>
  release(things: readonly string[]): Promise<void>
}

type Line = readonly [thing: string, entry: LedgerEntry | null]

/** Lines of the file for each entry before it is written anew. */
const SLACK = 4

/** The file grows by a line for each change, so that a claim costs the same however much is owned. */
export async function loadLedger(path: string): Promise<Ledger> {
  const lines = await readLines(path)
  const entries = new Map<string, LedgerEntry>()
  const take = ([thing, entry]: Line): void => {
    if (entry === null) entries.delete(thing)
    else entries.set(thing, entry)
  }
  for (const line of lines) take(line)
  let count = lines.length
  const keep = async (more: readonly Line[]): Promise<void> => {
    if (more.length === 0) return
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    const file = await open(path, 'a', 0o600)
    try {
      // A line that a full disk cut in two must not swallow the next.
      await file.appendFile(`\n${more.map(line => JSON.stringify(line)).join('\n')}\n`)
      await file.datasync()
    } finally {
      await file.close()
    }
    for (const line of more) take(line)
    count += more.length
    if (count > SLACK * (entries.size + SLACK)) await writeAnew()
  }
  const writeAnew = async (): Promise<void> => {
    const own = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }
    const data = [...entries].map(line => `${JSON.stringify(line)}\n`).join('')
    await writeAtomic({ path, data, mode: 0o600, ...own }, randomBytes(6).toString('hex'))
    count = entries.size
  }
  return {
    entries,
    claim: owned =>
      keep([...owned].filter(([thing, entry]) => JSON.stringify(entries.get(thing)) !== JSON.stringify(entry))),
    release: things => keep(things.filter(thing => entries.has(thing)).map(thing => [thing, null])),
  }
}

async function readLines(path: string): Promise<readonly Line[]> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw error
  })
  return text.split('\n').flatMap(row => {
    try {
      return row === '' ? [] : [JSON.parse(row) as Line]
    } catch {
      // Half a line of a writer that was killed: what it claimed had not been made yet.
      return []
    }
  })
}
