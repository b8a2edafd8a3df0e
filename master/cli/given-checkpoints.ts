import { readFile } from 'node:fs/promises'
import { AppError } from '../../protocol/errors.ts'
import { MOST_CHECKPOINTS } from '../control/audit-row.ts'
import type { InputOf } from '../verbs/index.ts'

export type GivenCheckpoint = NonNullable<InputOf<'audit-verify'>['given']>[number]

/**
 * Extracts the checkpoints from lines of the master's own log, with or without a journal prefix. If there are too many, keeps
 * the last one and an even selection of the others: each proves everything before it. Pure.
 */
export function checkpointsIn(text: string): readonly GivenCheckpoint[] {
  const found = new Map<string, GivenCheckpoint>()
  for (const line of text.split('\n')) {
    const anchor = line.includes('"checkpoint"') ? checkpointIn(line.slice(line.indexOf('{'))) : undefined
    if (anchor !== undefined) found.set(JSON.stringify(anchor), anchor)
  }
  const all = [...found.values()].sort((a, b) => a.seq - b.seq)
  const every = Math.ceil(all.length / MOST_CHECKPOINTS)
  return all.filter((_, index) => (all.length - 1 - index) % every === 0)
}

function checkpointIn(text: string): GivenCheckpoint | undefined {
  let line: unknown
  try {
    line = JSON.parse(text)
  } catch {
    return undefined
  }
  const checkpoint = (line as { readonly checkpoint?: Partial<GivenCheckpoint> } | null)?.checkpoint
  const { seq, hash, at, signature } = checkpoint ?? {}
  if (typeof seq !== 'number' || typeof hash !== 'string' || typeof at !== 'string') return undefined
  return typeof signature === 'string' ? { seq, hash, at, signature } : undefined
}

/** Reads checkpoints from a file of journal lines, `-` for stdin. Throws USAGE when there are none. */
export async function readGivenCheckpoints(
  against: string,
  readStdin: () => Promise<string>,
): Promise<readonly GivenCheckpoint[]> {
  const lines = against === '-' ? await readStdin() : await readFile(against, 'utf8').catch(unreadable)
  const given = checkpointsIn(lines)
  if (given.length > 0) return given
  throw new AppError({
    code: 'USAGE',
    message: `\`${against}\` does not contain a log checkpoint`,
    hint: 'For example, type `journalctl -u saltern-master -o cat | master audit verify --against -`.',
  })

  function unreadable(cause: NodeJS.ErrnoException): never {
    throw new AppError(
      {
        code: 'USAGE',
        message: `cannot read \`${against}\`: ${cause.code ?? cause.message}`,
        hint: 'Name a file, or `-`.',
      },
      { cause },
    )
  }
}
