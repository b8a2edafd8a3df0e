import { closeSync, constants, fchownSync, openSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { spawnProgram } from '../system/spawn.ts'

/** The stdio streams of a program, as real pipes. */
export interface ProgramPipes {
  /** File descriptors 0, 1 and 2 for the program. */
  readonly childEnds: readonly [number, number, number]
  readonly stdin: Writable
  readonly stdout: Readable
  readonly stderr: Readable
  /** Closes our copies of the program's ends. Must be called once the program has them; otherwise end of file is never seen. */
  closeChildEnds(): void
}

const { O_RDONLY, O_WRONLY, O_RDWR, O_NONBLOCK } = constants

/**
 * Creates pipes for a program that runs as `owner`. Node would use sockets, which cannot be opened again: scripts with `>
 * /dev/stderr` or `tee /dev/stdout` would fail, although they work under ssh.
 */
export async function makePipes(
  owner: { readonly uid: number; readonly gid: number } | undefined,
): Promise<ProgramPipes> {
  const directory = await mkdtemp(join(tmpdir(), 'saltern-pipes-'))
  const opened: number[] = []
  const open = (name: string, flags: number): number => {
    const fd = openSync(join(directory, name), flags)
    opened.push(fd)
    return fd
  }
  try {
    await spawnProgram(['mkfifo', '-m', '600', ...['in', 'out', 'err'].map(name => join(directory, name))])
    // Opened for both reading and writing, so that opening either end does not block.
    const held = open('in', O_RDWR)
    const childIn = open('in', O_RDONLY)
    const ourIn = open('in', O_WRONLY | O_NONBLOCK)
    const ourOut = open('out', O_RDONLY | O_NONBLOCK)
    const childOut = open('out', O_WRONLY)
    const ourErr = open('err', O_RDONLY | O_NONBLOCK)
    const childErr = open('err', O_WRONLY)
    closeSync(held)
    // Closed: the number can be reused from now on.
    opened.splice(opened.indexOf(held), 1)
    const childEnds = [childIn, childOut, childErr] as const
    // The program's user can reopen them through /dev/stdout and the like.
    if (owner !== undefined) for (const fd of childEnds) fchownSync(fd, owner.uid, owner.gid)
    return {
      childEnds,
      stdin: new Socket({ fd: ourIn, readable: false, writable: true }),
      stdout: new Socket({ fd: ourOut, readable: true, writable: false }),
      stderr: new Socket({ fd: ourErr, readable: true, writable: false }),
      closeChildEnds: () => {
        for (const fd of childEnds) closeSync(fd)
      },
    }
  } catch (error) {
    for (const fd of opened) closeQuietly(fd)
    throw error
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

function closeQuietly(fd: number): void {
  try {
    closeSync(fd)
  } catch {
    // Already closed; only the first error counts.
  }
}
