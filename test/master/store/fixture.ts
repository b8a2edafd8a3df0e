import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { openStore, type Store } from '../../../master/store/open.ts'
import { START } from './rows.ts'

export interface Fixture {
  readonly store: Store
  readonly directory: string
  /** Closes and reopens the store, like a restarted master. */
  readonly reopen: () => Store
  readonly pass: (ms: number) => void
}

/** Opens a store in its own directory, which is removed after the test. */
export function openFixture(): Fixture {
  const directory = temporaryDirectory()
  let time = START
  const open = (): Store => openStore(directory, { now: () => time })
  let store = open()
  onTestFinished(() => store.close())
  return {
    get store() {
      return store
    },
    directory,
    reopen: () => {
      store.close()
      store = open()
      return store
    },
    pass: ms => {
      time += ms
    },
  }
}

export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'saltern-store-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}
