import { bytesText } from '../../protocol/amounts.ts'
import { partsOf, Secret, type SecretPart } from '../../protocol/secret.ts'
import type { Action, Content } from '../../states/action.ts'
import type { SystemReader } from '../../states/system.ts'
import { limited, patchOf } from './patch.ts'
import { secretDiff } from './secret-diff.ts'
import { isMarked, type SecretFiles } from './secret-files.ts'

/** Bytes. */
const LARGEST_DIFF = 256 * 1024

/**
 * What `write-file` changes, as a unified diff; of what is not text, or is too much of it, size and hash. Of a file that has or had
 * secrets in it nothing is shown that could be one: nothing at all when the new text is the old one with an edit, because its lines
 * come from the host.
 */
export async function diffOf(
  action: Action,
  system: SystemReader,
  isSecretFile: SecretFiles['has'] = path => isMarked(path, system),
): Promise<string | undefined> {
  if (action.do !== 'write-file') return undefined
  const { path, content, showDiff } = action
  const before = await system.stat(path)
  const hasSecrets = content instanceof Secret || (await isSecretFile(path))
  if (!showDiff) return `${path}: ${hasSecrets ? 'secret content changed' : 'content changed (not shown)'}\n`
  if (hasSecrets && !(content instanceof Secret) && action.isWhole !== true) return hidden(path)
  if (before !== undefined && before.kind !== 'file') return hasSecrets ? hidden(path) : undefined
  const parts = await partsOfContent(content, system)
  const isSmall = (before?.size ?? 0) <= LARGEST_DIFF
  const old = !isSmall ? undefined : before === undefined ? '' : await system.readText(path)
  const text = parts?.map(part => part.text).join('')
  if (parts !== undefined && old !== undefined && text !== undefined && isText(old) && isText(text)) {
    if (old === text) return undefined
    return hasSecrets ? (secretDiff(path, old, parts) ?? hidden(path)) : unifiedDiff(path, old, text)
  }
  // A hash of what has a secret in it would let anybody try values.
  if (hasSecrets || content instanceof Secret) return hidden(path)
  const hash = before === undefined ? undefined : await system.sha256(path)
  const now = factsOf(typeof content === 'string' ? Buffer.byteLength(content) : content.size, system.digest(content))
  const was = before === undefined || hash === undefined ? [] : [`-${factsOf(before.size, hash)}`]
  return `${[`--- ${path}`, `+++ ${path}`, ...was, `+${now}`].join('\n')}\n`
}

function hidden(path: string): string {
  return `${path}: secret content changed\n`
}

/** Undefined: it is too large for a diff. */
async function partsOfContent(content: Content, system: SystemReader): Promise<readonly SecretPart[] | undefined> {
  if (content instanceof Secret) {
    const parts = partsOf(content)
    return parts.reduce((sum, { text }) => sum + text.length, 0) > LARGEST_DIFF ? undefined : parts
  }
  const size = typeof content === 'string' ? Buffer.byteLength(content) : content.size
  return size > LARGEST_DIFF ? undefined : [{ text: await system.plainText(content), isSecret: false }]
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
  const patch = patchOf(path, before, after)
  if (patch === undefined)
    return `${path}: replaced, ${before.split('\n').length} lines by ${after.split('\n').length}\n`
  return limited(patch)
}
