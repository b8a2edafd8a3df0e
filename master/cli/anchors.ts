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
