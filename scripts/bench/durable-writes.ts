import { closeSync, fsyncSync, openSync, renameSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { benchFiles } from './bench-files.ts'

/** The least that a durable file costs: write, sync, rename, sync the directory. */
export function durableWrites(directory: string, count: number): void {
  const parent = openSync(directory, 'r')
  for (const { name, contents } of benchFiles(count)) {
    const path = join(directory, name)
    const file = openSync(`${path}.new`, 'wx')
    writeSync(file, contents)
    fsyncSync(file)
    closeSync(file)
    renameSync(`${path}.new`, path)
    fsyncSync(parent)
  }
  closeSync(parent)
}
