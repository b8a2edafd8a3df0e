import { readdirSync, readFileSync } from 'node:fs'

/** Returns the command line of every process of this machine, with spaces between arguments, as any user sees it with `ps`. */
export function commandLines(): readonly string[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(pid => wordsOf(pid).replaceAll('\0', ' '))
}

/** A process that ended in the meantime has no command line. */
function wordsOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}
