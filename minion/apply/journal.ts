import { appendFileSync } from 'node:fs'
import { mkdir, open, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { CatalogState } from '../../protocol/catalog.ts'
import { syncDirectory } from '../../protocol/durable-file.ts'
import { isRunId, type RunId, type StateKey } from '../../protocol/ids.ts'
import { jsonBeyond } from '../../protocol/json-bounds.ts'
import { LIMITS } from '../../protocol/limits.ts'
import { type Report, resultOf, type StateResult } from '../../protocol/report.ts'
import { lineBuffer } from './line-buffer.ts'

/** What is known of a run before its first state. */
export interface RunHead
  extends Pick<
    Report,
    'run' | 'minion' | 'test' | 'orphanRun' | 'origin' | 'catalog' | 'generation' | 'bootId' | 'startedAt'
  > {
  readonly job?: NonNullable<Report['job']>
  readonly states: readonly Pick<CatalogState, 'key' | 'type' | 'id' | 'name' | 'role' | 'declaredAt'>[]
}

/**
 * Append-only log from which a killed minion reports its run after the restart. Lines reach the kernel before
 * anything changes the host, and otherwise with the next turn of the event loop, so they survive a kill of the minion. They are
 * fsynced before everything that changes the host, and soon after it, so they survive a crash of the host: a change whose end is
 * lost was `interrupted`. After a write that failed, every call throws.
 */
export interface Journal {
  begin(key: StateKey): void
  /** Records that an action is about to be performed; returns after fsync. */
  acting(): Promise<void>
  /** Records the end of a state. If it did something, the line is fsynced with the next action, or within 100 ms. */
  end(result: StateResult): Promise<void>
  close(): Promise<void>
}

type Line =
  | { readonly head: RunHead }
  | { readonly begin: StateKey; readonly at: number }
  | { readonly end: StateResult }

/** Longest time from the end of a change to its fsync, in milliseconds. */
const SYNC_MS = 100

export async function openJournal(directory: string, head: RunHead, now: () => number): Promise<Journal> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const file = await open(join(directory, `${head.run}.jsonl`), 'ax', 0o600)
  const lines = lineBuffer(text => appendFileSync(file.fd, text))
  const append = (line: Line): void => lines.append(JSON.stringify(line))
  append({ head })
  lines.flush()
  await file.datasync()
  await syncDirectory(directory)
  let later: NodeJS.Timeout | undefined
  const sync = async (): Promise<void> => {
    clearTimeout(later)
    later = undefined
    lines.flush()
    await file.datasync()
  }
  return {
    begin: key => append({ begin: key, at: now() }),
    acting: sync,
    async end(result) {
      append({ end: result })
      if (result.actions.length === 0) return
      lines.flush()
      later ??= setTimeout(() => void sync().catch((error: unknown) => lines.fail(error)), SYNC_MS)
    },
    async close() {
      if (later !== undefined) await sync().catch((error: unknown) => lines.fail(error))
      lines.close()
      await file.close()
    },
  }
}

/** Lists runs whose journal still exists, which means that they did not finish cleanly. */
export async function unfinishedRuns(directory: string): Promise<readonly RunId[]> {
  const names = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  return names
    .map(name => name.replace(/\.jsonl$/, ''))
    .filter(isRunId)
    .sort()
}

export async function removeJournal(directory: string, run: RunId): Promise<void> {
  await rm(join(directory, `${run}.jsonl`), { force: true })
}

/** Reads the results of a run that died: its finished states, one `interrupted`, the rest `not-run`. */
export async function readInterrupted(
  directory: string,
  run: RunId,
): Promise<{ readonly head: RunHead; readonly results: readonly StateResult[] } | undefined> {
  const text = await readFile(join(directory, `${run}.jsonl`), 'utf8')
  return interruptedRun(text)
}

/** Rebuilds the results of an interrupted run. undefined when even the head is incomplete: then nothing had been done. Pure. */
export function interruptedRun(
  text: string,
): { readonly head: RunHead; readonly results: readonly StateResult[] } | undefined {
  let head: RunHead | undefined
  const ended = new Map<StateKey, StateResult>()
  const begun = new Map<StateKey, number>()
  for (const row of text.split('\n')) {
    const line = parseLine(row)
    if (line === undefined) continue
    if ('head' in line) head = line.head
    else if ('begin' in line) begun.set(line.begin, line.at)
    else ended.set(line.end.key, line.end)
  }
  if (head === undefined) return undefined
  const startedAt = Date.parse(head.startedAt)
  const results = head.states.map(state => {
    const result = ended.get(state.key)
    if (result !== undefined) return result
    const at = begun.get(state.key)
    return at === undefined
      ? resultOf(state, startedAt, { outcome: 'not-run', note: 'the minion was killed before this state' }, 0)
      : resultOf(state, at, { outcome: 'interrupted', note: 'the minion was killed during this state' }, 0)
  })
  return { head, results }
}

/** The last line of a killed writer can be incomplete; anything nested deeper than a report cannot be a journal line. */
function parseLine(row: string): Line | undefined {
  try {
    if (jsonBeyond(Buffer.from(row), { nodes: LIMITS.reportNodes, depth: LIMITS.jsonDepth }) !== undefined)
      return undefined
    return row === '' ? undefined : (JSON.parse(row) as Line)
  } catch {
    return undefined
  }
}
