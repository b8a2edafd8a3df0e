import { RENAMED_PATHS } from '../yaml/renamed.ts'
import type { Findings } from '../yaml/shape.ts'

/** A replacement at one position of a file. */
export interface TextEdit {
  readonly offset: number
  readonly old: string
  readonly now: string
}

const EXPRESSION = /\{\{(?!!)[^]*?\}\}/g
/** Matches quoted text or a path: only whole paths outside of quotes are renamed. */
const QUOTED_OR_PATH = /\\?(["'])[^]*?\1|[A-Za-z_][\w-]*(?:\.[\w-]+)*(=?)/g
const LOOP_NAME = /\bas\s*(?:\|[^|]*\bleases\b[^|]*\||:\s*["']?leases\b)/

/** Finds the edits that replace every renamed path inside `{{ }}` by its current name. Pure. */
export function pathEdits(file: string, text: string, findings: Findings): readonly TextEdit[] {
  const edits = [...text.matchAll(EXPRESSION)].flatMap(({ 0: expression, index }) =>
    [...expression.matchAll(QUOTED_OR_PATH)].flatMap(found => editOf(found, index, expression)),
  )
  const loop = edits.some(({ old }) => old === 'leases') ? LOOP_NAME.exec(text) : null
  if (loop === null) return edits
  const before = text.slice(0, loop.index).split('\n')
  findings.add({
    code: 'MIGRATION_IMPOSSIBLE',
    message: '`leases` is also the name of a loop variable in this file',
    hint: 'Give the loop variable another name, then migrate again.',
    source: { file, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 },
  })
  return []
}

function editOf(found: RegExpExecArray, start: number, expression: string): readonly TextEdit[] {
  const [path, quote, hashKey] = found
  // Skip `name=`, which is an argument, and `@name` or `thing.name`, which are other names.
  if (quote !== undefined || hashKey === '=' || /[@.|]/.test(expression[found.index - 1] ?? '')) {
    if (!expression.slice(0, found.index).endsWith('../')) return []
  }
  for (const [old, now] of RENAMED_PATHS) {
    if (path === old || path.startsWith(`${old}.`)) return [{ offset: start + found.index, old, now }]
  }
  return []
}
