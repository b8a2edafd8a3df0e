import { randomBytes } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { isRunId, type RunId } from '../../protocol/ids.ts'
import { writeAtomic } from '../system/write-atomic.ts'

/** Reports on disk until the master has committed them. Each is a file named by its run. */
export interface Outbox {
  /** Returns after fsync. The same run again replaces nothing: the first report is the truth. */
  put(run: RunId, bytes: Uint8Array): Promise<void>
  list(): Promise<readonly RunId[]>
  read(run: RunId): Promise<Uint8Array | undefined>
  /** The master has it. */
  delete(run: RunId): Promise<void>
  /** The master will never take it: kept as `<run>.refused` for whoever looks why, and offered no more. */
  setAside(run: RunId): Promise<void>
}

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
    async put(run, bytes) {
      if ((await list()).includes(run)) return
      await mkdir(directory, { recursive: true, mode: 0o700 })
      const own = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }
      await writeAtomic({ path: pathOf(run), data: bytes, mode: 0o600, ...own }, randomBytes(6).toString('hex'))
    },
    async read(run) {
      try {
        return new Uint8Array(await readFile(pathOf(run)))
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
        throw error
      }
    },
    delete: run => rm(pathOf(run), { force: true }),
    setAside: run => rename(pathOf(run), join(directory, `${run}.refused`)),
  }
}
