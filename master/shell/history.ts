import { constants } from 'node:fs'
import { mkdir, open } from 'node:fs/promises'
import { dirname, isAbsolute, join } from 'node:path'
import { writeDurable } from '../../protocol/durable-file.ts'
import type { VerbWords } from '../cli/complete/grammar.ts'
import { placeOf } from '../cli/complete/place.ts'
import { scanWords } from '../cli/complete/words.ts'

/** Maximum number of lines kept, and the longest of them. */
export const HISTORY_LINES = 1000
const LONGEST_LINE = 4096
const LARGEST_FILE = 8 * 1024 * 1024

/** The lines that an operator typed, across all of their sessions. */
export interface History {
  /** Newest first. */
  lines(): readonly string[]
  /** Stores a line. Never throws: with a home that is not writable, nothing is stored. */
  add(line: string): Promise<void>
}

/** Returns the history file of an operator, in the home of the account: `$XDG_STATE_HOME/saltern/history-<operator>`. Pure. */
export function historyPath(home: string, stateHome: string | undefined, operator: string): string {
  const base = stateHome !== undefined && isAbsolute(stateHome) ? stateHome : join(home, '.local', 'state')
  return join(base, 'saltern', `history-${operator.replace(/[^A-Za-z0-9_-]/g, '_').slice(0, 64)}`)
}

/** False for lines that begin with a space, and for a secret typed where only its path belongs. Pure. */
export function isKept(line: string, vocabulary: VerbWords): boolean {
  if (line.trim() === '' || /^\s/.test(line) || line.length > LONGEST_LINE) return false
  if (!/\bpillar\b.*\bset\b/.test(line)) return true
  const { words, open } = scanWords(line)
  const typed = words.map(({ text }) => text)
  const { operands, dashes } = placeOf(typed[0] === 'master' ? typed.slice(1) : typed, vocabulary)
  return open === undefined && dashes === undefined && operands.length <= 1
}

export async function openHistory(path: string): Promise<History> {
  let kept = await read(path)
  let lost = false
  return {
    lines: () => kept.toReversed(),
    async add(line) {
      if (kept.at(-1) === line) return
      kept = [...kept, line].slice(-HISTORY_LINES)
      if (lost) return
      await append(path, line).catch(() => {
        lost = true
      })
    },
  }
}

/** Reads the lines, oldest first. A file that has grown to twice the cap is truncated. */
async function read(path: string): Promise<readonly string[]> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW).catch(() => undefined)
  if (file === undefined) return []
  try {
    const status = await file.stat()
    if (!status.isFile() || status.size > LARGEST_FILE) return []
    const lines = (await file.readFile('utf8')).split('\n').filter(line => line !== '')
    const kept = lines.slice(-HISTORY_LINES)
    if (lines.length > 2 * HISTORY_LINES) await replace(path, kept).catch(() => undefined)
    return kept
  } catch {
    return []
  } finally {
    await file.close()
  }
}

async function append(path: string, line: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const { O_APPEND, O_CREAT, O_NOFOLLOW, O_WRONLY } = constants
  const file = await open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0o600)
  try {
    await file.chmod(0o600)
    await file.writeFile(`${line}\n`)
  } finally {
    await file.close()
  }
}

async function replace(path: string, lines: readonly string[]): Promise<void> {
  await writeDurable({ path, data: lines.map(line => `${line}\n`).join('') })
}
