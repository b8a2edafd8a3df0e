import { randomBytes } from 'node:crypto'
import { rmSync, writeFileSync } from 'node:fs'

const MIB = 1024 * 1024

/** Random, so that no program gains by compressing it. */
export function writeRandomFile(path: string, mebibytes: number): void {
  rmSync(path, { force: true })
  for (let written = 0; written < mebibytes; written++) writeFileSync(path, randomBytes(MIB), { flag: 'a' })
}
