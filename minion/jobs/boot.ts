import { randomBytes } from 'node:crypto'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeAtomic } from '../system/write-atomic.ts'

/** Which kernel boot has had its highstate (DECISIONS 16): once per boot, never per process start. */
export interface BootMark {
  isDone(): boolean
  /** Returns after fsync. */
  readonly done: () => Promise<void>
}

export async function loadBootMark(stateDirectory: string, bootId: string): Promise<BootMark> {
  const path = join(stateDirectory, 'boot-id')
  let last = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw error
  })
  return {
    isDone: () => last === bootId,
    async done() {
      if (last === bootId) return
      await mkdir(stateDirectory, { recursive: true, mode: 0o700 })
      const own = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }
      await writeAtomic({ path, data: bootId, mode: 0o600, ...own }, randomBytes(6).toString('hex'))
      last = bootId
    },
  }
}
