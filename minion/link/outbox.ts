import { readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod/mini'
import { isRunId, type RunId } from '../../protocol/ids.ts'
import { readState, readStateJson, writeState } from '../state/state-file.ts'

/** Reports on disk until the master has committed them. Each is a file named by its run. */
export interface Outbox {
  /** Returns after fsync. The same run again replaces nothing: the first report is the truth. */
  put(run: RunId, bytes: Uint8Array): Promise<void>
  /** Puts a shorter form in its place: the master refused the first one as too large. */
  replace(run: RunId, bytes: Uint8Array): Promise<void>
  list(): Promise<readonly RunId[]>
  read(run: RunId): Promise<Uint8Array | undefined>
  /** The master has it. */
  delete(run: RunId): Promise<void>
  /** The master will never take it: kept as `<run>.refused` for whoever looks why, and offered no more. */
  setAside(run: RunId): Promise<void>
}

const ASIDE = /\.(refused|damaged)$/
/** Refused and damaged reports that are kept for whoever looks why: the newest ones. */
const MOST_ASIDE = 20

export function openOutbox(directory: string): Outbox {
  const pathOf = (run: RunId): string => join(directory, `${run}.report`)
  const list = async (): Promise<readonly RunId[]> => {
    const names = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return []
      throw error
    })
    return names
      .filter(name => name.endsWith('.report'))
      .map(name => name.slice(0, -'.report'.length))
      .filter(isRunId)
      .sort()
  }
  return {
    list,
    replace: (run, bytes) => writeState(pathOf(run), bytes),
    async put(run, bytes) {
      if ((await list()).includes(run)) return
      await writeState(pathOf(run), bytes)
    },
    async read(run) {
      const bytes = await readState(pathOf(run))
      return bytes === undefined ? undefined : new Uint8Array(bytes)
    },
    delete: run => rm(pathOf(run), { force: true }),
    async setAside(run) {
      await rename(pathOf(run), join(directory, `${run}.refused`))
      // By name is by time: the id of a run begins with it.
      const aside = (await readdir(directory)).filter(name => ASIDE.test(name)).sort()
      for (const name of aside.slice(0, -MOST_ASIDE)) await rm(join(directory, name), { force: true })
    },
  }
}

const schema = z.looseObject({ run: z.string(), results: z.array(z.unknown()) })

/** STATE_DAMAGED for a file that holds no report of any version. */
export async function checkReport(path: string): Promise<void> {
  await readStateJson(path, schema)
}
