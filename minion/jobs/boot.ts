import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeState } from '../state/state-file.ts'

/** Which kernel boot has had its highstate (docs/design.md F16): once per boot, never per process start. */
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
      await writeState(path, bootId)
      last = bootId
    },
  }
}
