import { closeSync, existsSync, openSync, readdirSync, readlinkSync } from 'node:fs'

const DESCRIPTORS = '/proc/self/fd'

/**
 * Lists descriptors of session terminals that this process holds. node-pty does not mark them close-on-exec: a program started
 * with them could read and type in another user's terminal, and would keep it open.
 */
export function heldTerminals(): readonly number[] {
  if (!existsSync(DESCRIPTORS)) return []
  return readdirSync(DESCRIPTORS)
    .map(Number)
    .filter(fd => fd > 2 && /\/ptmx( |$)/.test(targetOf(fd)))
}

/** The stdio entries of a new program from descriptor 3 on, with /dev/null in place of every held terminal. */
export interface WithoutTerminals {
  readonly stdio: readonly ('ignore' | number)[]
  /** Must be called after the program was started. */
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

/** '' for a descriptor that was closed meanwhile. */
function targetOf(fd: number): string {
  try {
    return readlinkSync(`${DESCRIPTORS}/${fd}`)
  } catch {
    return ''
  }
}
