import { closeSync, existsSync, openSync, readdirSync, readlinkSync } from 'node:fs'

const DESCRIPTORS = '/proc/self/fd'

/**
 * The descriptors by which this process holds terminals of sessions. What opens them (node-pty) does not mark them as ours
 * alone: a program that is started with them could read and type in somebody else's terminal, and would keep it open.
 */
export function heldTerminals(): readonly number[] {
  if (!existsSync(DESCRIPTORS)) return []
  return readdirSync(DESCRIPTORS)
    .map(Number)
    .filter(fd => fd > 2 && /\/ptmx( |$)/.test(targetOf(fd)))
}

/** What a new program finds at its descriptors from 3 on: nothing in the place of every terminal that is held. */
export interface WithoutTerminals {
  readonly stdio: readonly ('ignore' | number)[]
  /** To be called when the program was started. */
  readonly done: () => void
}

export function withoutTerminals(): WithoutTerminals {
  const held = heldTerminals()
  if (held.length === 0) return { stdio: [], done: () => undefined }
  const nothing = openSync('/dev/null', 'r')
  const stdio = Array.from({ length: Math.max(...held) - 2 }, (_, index) =>
    held.includes(index + 3) ? nothing : ('ignore' as const),
  )
  return { stdio, done: () => closeSync(nothing) }
}

/** One that was closed meanwhile is none. */
function targetOf(fd: number): string {
  try {
    return readlinkSync(`${DESCRIPTORS}/${fd}`)
  } catch {
    return ''
  }
}
