import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeState } from '../state/state-file.ts'

/** Records which kernel boot has had its highstate (docs/design.md F16): once per boot, not per process start. */
export interface BootMark {
  isDone(): boolean
  /** True when it is neither done nor queued, so that it is not requested twice. */
  isWanted(): boolean
  /** Marks it as done; returns after fsync. */
  readonly done: () => Promise<void>
  /** Marks it as queued. Returns callbacks for the queued run. */
  inLine(): {
    readonly begun: () => Promise<void>
    /** The run ended without a report: the highstate is wanted again, for example from the master at the next connection. */
    readonly refused: () => void
  }
}

export async function loadBootMark(stateDirectory: string, bootId: string): Promise<BootMark> {
  const path = join(stateDirectory, 'boot-id')
  let last = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw error
  })
  let isInLine = false
  const isDone = (): boolean => last === bootId
  const done = async (): Promise<void> => {
    if (isDone()) return
    await writeState(path, bootId)
    last = bootId
  }
  return {
    isDone,
    isWanted: () => !isDone() && !isInLine,
    done,
    inLine() {
      isInLine = true
      return {
        begun: done,
        refused: () => {
          isInLine = false
        },
      }
    },
  }
}
