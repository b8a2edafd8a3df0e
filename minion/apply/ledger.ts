import { appendFileSync, closeSync, fdatasync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { z } from 'zod/mini'
import type { CatalogState } from '../../protocol/catalog.ts'
import type { StateKey } from '../../protocol/ids.ts'
import type { JsonObject } from '../../protocol/json.ts'
import { damaged, readState, writeState } from '../state/state-file.ts'

/** A resource of this host, and the role and line that own it. */
export interface LedgerEntry extends Pick<CatalogState, 'key' | 'type' | 'id' | 'name' | 'role' | 'declaredAt'> {
  /** True when Saltern created it; only then is it removed with its declaration. */
  readonly made: boolean
  /** What to do when no role declares it any more. */
  readonly onOrphan: 'remove' | 'report'
  /** The state that removes it; absent for data, which is never removed automatically. */
  readonly opposite?: { readonly type: string; readonly params: JsonObject }
  /** States that react when it changes. */
  readonly watchers: readonly StateKey[]
}

/**
 * Records ownership by resource (`file:/etc/motd`). An entry is on disk before its resource is created, so a kill leaves no
 * unowned resource.
 */
export interface Ledger {
  readonly entries: ReadonlyMap<string, LedgerEntry>
  /** Adds entries; returns after fsync. Writes nothing when nothing changed. */
  claim(owned: ReadonlyMap<string, LedgerEntry>): Promise<void>
  release(things: readonly string[]): Promise<void>
}

const datasync = promisify(fdatasync)

type Line = readonly [thing: string, entry: LedgerEntry | null]

/** Lines per entry before the file is compacted. */
const SLACK = 4

/** Loads the ledger. The file grows by one line per change, so the cost of a claim does not depend on how much is owned. */
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
    const file = openToAppend(path)
    try {
      // A line that a full disk truncated must not swallow the next one.
      appendFileSync(file, `\n${more.map(line => JSON.stringify(line)).join('\n')}\n`)
      await datasync(file)
    } finally {
      closeSync(file)
    }
    for (const line of more) take(line)
    count += more.length
    if (count > SLACK * (entries.size + SLACK)) await writeAnew()
  }
  const writeAnew = async (): Promise<void> => {
    await writeState(path, [...entries].map(line => `${JSON.stringify(line)}\n`).join(''))
    count = entries.size
  }
  return {
    entries,
    claim: owned =>
      keep([...owned].filter(([thing, entry]) => JSON.stringify(entries.get(thing)) !== JSON.stringify(entry))),
    release: things => keep(things.filter(thing => entries.has(thing)).map(thing => [thing, null])),
  }
}

function openToAppend(path: string): number {
  try {
    return openSync(path, 'a', 0o600)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    return openSync(path, 'a', 0o600)
  }
}

const schema = z.tuple([
  z.string(),
  z.nullable(
    z.looseObject({
      key: z.string(),
      type: z.string(),
      id: z.string(),
      role: z.string(),
      made: z.boolean(),
      onOrphan: z.enum(['remove', 'report']),
      watchers: z.array(z.string()),
    }),
  ),
])

/** Throws STATE_DAMAGED for an invalid line, except for the last one, which a kill can truncate. */
export async function checkLedger(path: string): Promise<void> {
  const rows = rowsOf(await readState(path))
  const bad = rows.findIndex(row => lineOf(row) === undefined)
  if (bad >= 0 && bad < rows.length - 1) throw damaged(path, `line ${bad + 1} of ${rows.length} is not a valid entry`)
}

async function readLines(path: string): Promise<readonly Line[]> {
  // Skips the truncated line of a killed writer: what it claimed had not been created yet.
  return rowsOf(await readState(path)).flatMap(row => lineOf(row) ?? [])
}

function rowsOf(bytes: Buffer | undefined): readonly string[] {
  return (bytes?.toString('utf8') ?? '').split('\n').filter(row => row !== '')
}

function lineOf(row: string): readonly [Line] | undefined {
  try {
    const checked = schema.safeParse(JSON.parse(row))
    return checked.success ? [checked.data as Line] : undefined
  } catch {
    return undefined
  }
}
