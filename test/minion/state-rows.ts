import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { sharedTree } from '../protocol/shared-references.ts'

/** Kinds of damage to a file. */
export const DAMAGES = ['missing', 'empty', 'truncated', 'random'] as const

/** Hostile content of a file: a few bytes that would decode to many values, much memory, or a deep stack. */
export const HOSTILE: { readonly [name: string]: Uint8Array } = {
  'shared references': sharedTree(24),
  'a list of 4 billion values': Buffer.from([0xdd, 0xff, 0xff, 0xff, 0xff]),
  '4 GiB of bytes': Buffer.from([0xc6, 0xff, 0xff, 0xff, 0xff, 0x00]),
  'lists 200,000 levels deep': Buffer.from(`${'['.repeat(200_000)}${']'.repeat(200_000)}`),
  'maps 100,000 levels deep': Buffer.from(`${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`),
}

/** One row of a table of docs/state-directories.md. */
export interface StateRow {
  readonly file: string
  readonly matches: (path: string) => boolean
  /** The result according to the page: `rebuilt`, `dropped`, `unused`, or an error code. */
  readonly says: { readonly [damage: string]: string }
}

/** Parses the table below a heading of the page. */
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
      // Hostile content is treated like random bytes.
      const hostile = Object.fromEntries(Object.keys(HOSTILE).map(name => [name, random]))
      const pattern = file
        .replaceAll(/[.+]/g, '\\$&')
        .replaceAll('<path>', '.+')
        .replaceAll(/<[a-z0-9]+>/g, '[^/]+')
      return {
        file,
        matches: path => new RegExp(`^${pattern}$`).test(path),
        says: { missing, empty, truncated, random, ...hostile },
      }
    })
}

/** Lists every regular file below a directory, by relative path. */
export function filesIn(directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => relative(directory, join(entry.parentPath, entry.name)))
    .sort()
}

/** Random bytes keep the size of the file: a key stays a valid, but different, key. */
export function damage(path: string, how: string): void {
  const { size } = statSync(path)
  const hostile = HOSTILE[how]
  if (hostile !== undefined) writeFileSync(path, hostile)
  else if (how === 'missing') rmSync(path)
  else if (how === 'empty') truncateSync(path, 0)
  else if (how === 'truncated') truncateSync(path, Math.floor(size / 2))
  else writeFileSync(path, randomBytes(Math.max(size, 1)))
}
