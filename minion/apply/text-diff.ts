import { createTwoFilesPatch } from 'diff'
import { shownText } from '../../protocol/byte-text.ts'
import { LIMITS } from '../../protocol/limits.ts'
import { Secret } from '../../protocol/secret.ts'
import type { Action } from '../../states/action.ts'
import type { SystemReader } from '../../states/system.ts'

/** Effort of a diff; past it the change is told in numbers (a worst case costs the square of the edits). */
const MOST_EDITS = 1000
const CONTEXT_LINES = 3

/** Key under which the host remembers that a file was last written with secrets in it. */
export function secretFileKey(path: string): string {
  return `secret-file:${path}`
}

/** What `write-file` changes, as a unified diff. A file that has or had secrets in it shows none of its lines. */
export async function diffOf(action: Action, system: SystemReader): Promise<string | undefined> {
  if (action.do !== 'write-file') return undefined
  const { path, content, showDiff } = action
  const before = await system.stat(path)
  const hasSecrets = content instanceof Secret || (await system.applied(secretFileKey(path), path))
  if (hasSecrets) return `${path}: secret content changed\n`
  if (typeof content !== 'string') return `${path}: replaced by ${content.size} bytes\n`
  if (!showDiff) return `${path}: content changed (not shown)\n`
  if (before !== undefined && before.kind !== 'file') return undefined
  const tooLarge = (before?.size ?? 0) > 256 * 1024 || content.length > 256 * 1024
  const old = before === undefined ? '' : tooLarge ? undefined : await system.readText(path)
  if (old === undefined || old.includes('\0')) return `${path}: replaced, ${content.split('\n').length} lines\n`
  if (old === content) return undefined
  return unifiedDiff(path, old, content)
}

/** Pure. */
export function unifiedDiff(path: string, before: string, after: string): string {
  const patch = createTwoFilesPatch(path, path, before, after, undefined, undefined, {
    context: CONTEXT_LINES,
    maxEditLength: MOST_EDITS,
  })
  if (patch === undefined)
    return `${path}: replaced, ${before.split('\n').length} lines by ${after.split('\n').length}\n`
  const text = shownText(patch.replace(/^Index: .*\n=+\n/, ''))
  if (text.length <= LIMITS.diffBytes) return text
  return `${text.slice(0, LIMITS.diffBytes)}\n... ${text.length - LIMITS.diffBytes} characters of the diff left out ...\n`
}
