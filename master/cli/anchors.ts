import { readFile } from 'node:fs/promises'
import { AppError } from '../../protocol/errors.ts'
import { MOST_ANCHORS } from '../control/audit-row.ts'
import type { InputOf } from '../verbs/index.ts'

export type AnchorInput = NonNullable<InputOf<'audit-verify'>['anchors']>[number]

/**
 * The checkpoints in lines of the master's own log, whatever a journal put before them. Of very many the last is kept and,
 * evenly, others: each proves everything before it. Pure.
 */
export function anchorsOf(text: string): readonly AnchorInput[] {
  const found = new Map<string, AnchorInput>()
  for (const line of text.split('\n')) {
    const anchor = line.includes('"checkpoint"') ? anchorOf(line.slice(line.indexOf('{'))) : undefined
    if (anchor !== undefined) found.set(JSON.stringify(anchor), anchor)
  }
  const all = [...found.values()].sort((a, b) => a.seq - b.seq)
  const every = Math.ceil(all.length / MOST_ANCHORS)
  return all.filter((_, index) => (all.length - 1 - index) % every === 0)
}

function anchorOf(text: string): AnchorInput | undefined {
  let line: unknown
  try {
    line = JSON.parse(text)
  } catch {
    return undefined
  }
  const checkpoint = (line as { readonly checkpoint?: Partial<AnchorInput> } | null)?.checkpoint
  const { seq, hash, at, signature } = checkpoint ?? {}
  if (typeof seq !== 'number' || typeof hash !== 'string' || typeof at !== 'string') return undefined
  return typeof signature === 'string' ? { seq, hash, at, signature } : undefined
}

/** The checkpoints of a file of journal lines, `-` for stdin. USAGE when there are none. */
export async function readAnchors(against: string, readStdin: () => Promise<string>): Promise<readonly AnchorInput[]> {
  const lines = against === '-' ? await readStdin() : await readFile(against, 'utf8').catch(unreadable)
  const anchors = anchorsOf(lines)
  if (anchors.length > 0) return anchors
  throw new AppError({
    code: 'USAGE',
    message: `\`${against}\` holds no checkpoint of a log`,
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
