import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'

/** What can happen to a file. */
export const DAMAGES = ['missing', 'empty', 'truncated', 'random'] as const
export type Damage = (typeof DAMAGES)[number]

/** One row of a table of docs/state-directories.md. */
export interface StateRow {
  readonly file: string
  readonly matches: (path: string) => boolean
  /** What the page says: `rebuilt`, `dropped`, `unused`, or an error code. */
  readonly says: { readonly [damage in Damage]: string }
}

/** The rows of the table below a heading of the page. */
export function stateRows(heading: 'Minion' | 'Master'): readonly StateRow[] {
  const page = readFileSync(resolve(import.meta.dirname, '../../docs/state-directories.md'), 'utf8')
  const section = page.split(/^## /m).find(text => text.startsWith(`${heading}\n`)) ?? ''
  return section
    .split('\n')
    .filter(line => line.startsWith('| `'))
    .map(line => {
      const [file = '', ...cells] = line
        .slice(1)
        .split('|')
        .map(cell => cell.trim().replaceAll('`', ''))
      const [missing = '', empty = '', truncated = '', random = ''] = cells
      const pattern = file
        .replaceAll(/[.+]/g, '\\$&')
        .replaceAll('<path>', '.+')
        .replaceAll(/<[a-z0-9]+>/g, '[^/]+')
      return {
        file,
        matches: path => new RegExp(`^${pattern}$`).test(path),
        says: { missing, empty, truncated, random },
      }
    })
}

/** Every regular file below a directory, relative to it. */
export function filesIn(directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => relative(directory, join(entry.parentPath, entry.name)))
    .sort()
}

/** Random bytes are as many as the file had: a key stays a key, and is another one. */
export function damage(path: string, how: Damage): void {
  const { size } = statSync(path)
  if (how === 'missing') rmSync(path)
  else if (how === 'empty') truncateSync(path, 0)
  else if (how === 'truncated') truncateSync(path, Math.floor(size / 2))
  else writeFileSync(path, randomBytes(Math.max(size, 1)))
}
