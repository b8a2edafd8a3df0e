import { execFileSync } from 'node:child_process'
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'

const SIZE_MIB = 64

/** True when this process can mount: filling a disk needs a separate file system. */
export const CAN_MOUNT = process.getuid?.() === 0

/** A small file system in memory, mounted on a directory. Requires root. */
export class SmallDisk {
  readonly #directory: string
  readonly #filler: string

  private constructor(directory: string) {
    this.#directory = directory
    this.#filler = join(directory, '.filler')
  }

  static mount(directory: string): SmallDisk {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    const options = `size=${SIZE_MIB}m,mode=0700`
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'saltern-chaos', directory])
    return new SmallDisk(directory)
  }

  /** Fills the disk: no byte is free when it returns. */
  fill(): void {
    const file = openSync(this.#filler, 'a')
    try {
      for (const size of [1024 * 1024, 4096]) writeUntilFull(file, Buffer.alloc(size))
    } finally {
      closeSync(file)
    }
  }

  empty(): void {
    rmSync(this.#filler, { force: true })
  }

  unmount(): void {
    execFileSync('umount', ['--lazy', this.#directory])
  }
}

function writeUntilFull(file: number, piece: Buffer): void {
  try {
    for (;;) if (writeSync(file, piece) < piece.length) return
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
  }
}
