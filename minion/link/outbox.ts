import { readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod/mini'
import { isRunId, type RunId } from '../../protocol/ids.ts'
import { readState, readStateJson, writeState } from '../state/state-file.ts'
import { UnwrittenReports } from './unwritten-reports.ts'

/** Reports on disk until the master has committed them. Each is a file named after its run. */
export interface Outbox {
  /** Stores a report; returns after fsync. A second report of the same run is ignored: the first one is authoritative. */
  put(run: RunId, bytes: Uint8Array): Promise<void>
  /**
   * Holds a report in memory while the disk is full, and offers it from there. Resolves when the master has stored or refused
   * it.
   */
  hold(run: RunId, bytes: Uint8Array): Promise<void>
  /** Replaces a report that the master refused as too large with a shorter form. */
  replace(run: RunId, bytes: Uint8Array): Promise<void>
  list(): Promise<readonly RunId[]>
  read(run: RunId): Promise<Uint8Array | undefined>
  /** Called when the master has stored it, or when what is left of a run whose report was discarded has been removed. */
  delete(run: RunId): Promise<void>
  /**
   * Keeps a report that the master refused for good as `<run>.refused` for inspection, and stops offering it. A report that was
   * held because the disk is full stays in memory until it can be written.
   */
  setAside(run: RunId): Promise<Aside>
  /** Retries what `setAside` could not write. */
  setAsideAgain(): Promise<Aside>
  /** True for a report that is only in memory, and for one that was discarded from there until `delete` is called. */
  isInMemory(run: RunId): boolean
  /** Lists reports on disk that the master refused for good. */
  refused(): Promise<readonly RunId[]>
}

/** Result of setting aside reports that the master refused for good. */
export interface Aside {
  /** On disk now. */
  readonly written: readonly RunId[]
  /** In memory until the disk has room. */
  readonly left: readonly RunId[]
  /** Discarded: too many were in memory. */
  readonly dropped: readonly RunId[]
  /** Why the reports in `left` could not be written. */
  readonly cause?: unknown
}

const ASIDE = /\.(refused|damaged)$/
/** How many refused and damaged reports are kept for inspection, newest first. */
const MOST_ASIDE = 20

export function openOutbox(directory: string): Outbox {
  const pathOf = (run: RunId): string => join(directory, `${run}.report`)
  const held = new Map<RunId, { bytes: Uint8Array; readonly settled: () => void }>()
  const letGo = (run: RunId): boolean => {
    held.get(run)?.settled()
    return held.delete(run)
  }
  const unwritten = new UnwrittenReports()
  const discarded = new Set<RunId>()
  let writing: Promise<unknown> = Promise.resolve()
  /** One write at a time: two of them would write the same reports. */
  const writeInTurn = (): Promise<Aside> => {
    const mine = writing.then(() => writeAside(directory, unwritten))
    writing = mine
    return mine
  }
  return {
    list: async () => [...new Set([...(await listed(directory, '.report')), ...held.keys()])].sort(),
    refused: () => listed(directory, '.refused'),
    isInMemory: run => held.has(run) || unwritten.has(run) || discarded.has(run),
    setAsideAgain: writeInTurn,
    async replace(run, bytes) {
      const one = held.get(run)
      if (one === undefined) await writeState(pathOf(run), bytes)
      else one.bytes = bytes
    },
    async put(run, bytes) {
      if (!(await listed(directory, '.report')).includes(run)) await writeState(pathOf(run), bytes)
      letGo(run)
    },
    hold: (run, bytes) => new Promise(settled => held.set(run, { bytes, settled })),
    async read(run) {
      const one = held.get(run)
      if (one !== undefined) return one.bytes
      const bytes = await readState(pathOf(run))
      return bytes === undefined ? undefined : new Uint8Array(bytes)
    },
    async delete(run) {
      letGo(run)
      discarded.delete(run)
      await rm(pathOf(run), { force: true })
    },
    async setAside(run) {
      const one = held.get(run)
      if (one === undefined) {
        await rename(pathOf(run), pathAside(directory, run))
        await pruneAside(directory)
        return { written: [run], left: unwritten.runs, dropped: [] }
      }
      // Keep the report before `letGo` lets its holder continue: it must exist somewhere at all times.
      const dropped = unwritten.keep(run, one.bytes)
      for (const one of dropped) discarded.add(one)
      letGo(run)
      return { ...(await writeInTurn()), dropped }
    },
  }
}

async function listed(directory: string, ending: '.report' | '.refused'): Promise<readonly RunId[]> {
  const names = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  return names
    .filter(name => name.endsWith(ending))
    .map(name => name.slice(0, -ending.length))
    .filter(isRunId)
    .sort()
}

function pathAside(directory: string, run: RunId): string {
  return join(directory, `${run}.refused`)
}

/** Never throws. */
async function writeAside(directory: string, unwritten: UnwrittenReports): Promise<Aside> {
  const written: RunId[] = []
  try {
    for (const run of unwritten.runs) {
      const bytes = unwritten.get(run)
      // Discarded for a newer one in the meantime.
      if (bytes === undefined) continue
      await writeState(pathAside(directory, run), bytes)
      unwritten.delete(run)
      written.push(run)
    }
    if (written.length > 0) await pruneAside(directory)
    return { written, left: [], dropped: [] }
  } catch (cause) {
    return { written, left: unwritten.runs, dropped: [], cause }
  }
}

async function pruneAside(directory: string): Promise<void> {
  // Sorting by name sorts by time: run ids begin with it.
  const aside = (await readdir(directory)).filter(name => ASIDE.test(name)).sort()
  for (const name of aside.slice(0, -MOST_ASIDE)) await rm(join(directory, name), { force: true })
}

const schema = z.looseObject({ run: z.string(), results: z.array(z.unknown()) })

/** Throws STATE_DAMAGED for a file that holds no report of any version. */
export async function checkReport(path: string): Promise<void> {
  await readStateJson(path, schema)
}
