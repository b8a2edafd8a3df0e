import { createTwoFilesPatch } from 'diff'
import { shownText } from '../../protocol/byte-text.ts'
import { LIMITS } from '../../protocol/limits.ts'
import { Secret } from '../../protocol/secret.ts'
import type { Action } from '../../states/action.ts'
import type { SystemReader } from '../../states/system.ts'
import { bytesText } from './describe.ts'

/** Effort of a diff; past it only numbers of lines are shown (a worst case costs the square of the edits). */
const MOST_EDITS = 1000
const CONTEXT_LINES = 3
/** Bytes. */
const LARGEST_DIFF = 256 * 1024

/** Key under which the host remembers that a file was last written with secrets in it. */
export function secretFileKey(path: string): string {
  return `secret-file:${path}`
}

/**
 * What `write-file` changes, as a unified diff; of what is not text, or is too much of it, size and hash. A file that has or had
 * secrets in it shows none of its lines.
 */
export async function diffOf(action: Action, system: SystemReader): Promise<string | undefined> {
  if (action.do !== 'write-file') return undefined
  const { path, content, showDiff } = action
  const before = await system.stat(path)
  const hasSecrets = content instanceof Secret || (await system.applied(secretFileKey(path), path))
  if (hasSecrets) return `${path}: secret content changed\n`
  if (!showDiff) return `${path}: content changed (not shown)\n`
  if (before !== undefined && before.kind !== 'file') return undefined
  const size = typeof content === 'string' ? Buffer.byteLength(content) : content.size
  if ((before?.size ?? 0) <= LARGEST_DIFF && size <= LARGEST_DIFF) {
    const [old, text] = [before === undefined ? '' : await system.readText(path), await system.plainText(content)]
    if (old === text) return undefined
    if (old !== undefined && isText(old) && isText(text)) return unifiedDiff(path, old, text)
  }
  const hash = before === undefined ? undefined : await system.sha256(path)
  const now = factsOf(size, system.digest(content))
  const was = before === undefined || hash === undefined ? [] : [`-${factsOf(before.size, hash)}`]
  return `${[`--- ${path}`, `+++ ${path}`, ...was, `+${now}`].join('\n')}\n`
}

/** As git decides it: no text holds a zero byte. */
function isText(content: string): boolean {
  return !content.includes('\0')
}

/** The first half of a hash is enough to tell two files apart, and to find one. */
function factsOf(size: number, hash: string): string {
  return `${bytesText(size)}, SHA-256 ${hash.slice(0, 32)}`
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
