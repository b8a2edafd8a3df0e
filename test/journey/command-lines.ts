import { readdirSync, readFileSync } from 'node:fs'

/** The words of every process of this machine, with blanks between them: what `ps` would show to anybody. */
export function commandLines(): readonly string[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(pid => wordsOf(pid).replaceAll('\0', ' '))
}

/** A process that ended meanwhile has none. */
function wordsOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}
