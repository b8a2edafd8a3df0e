import type { SecretPart } from '../../protocol/secret.ts'
import { limited, patchOf } from './patch.ts'

const HIDDEN = '***'

/** A line of the new text; a secret in it may have line breaks. */
interface Line {
  readonly real: string
  /** With `***` in place of its secrets. */
  readonly shown: string
  readonly hasSecret: boolean
}

/**
 * The diff of a text with secrets. A line of the new text shows its secrets as `***`. A line of the old text is shown only when it
 * equals one of the new text, in the form in which that is shown; any other one may hold an old secret and is `***`. Undefined: nothing
 * of the new text may be shown, or the texts have too little in common. Pure.
 */
export function secretDiff(path: string, before: string, parts: readonly SecretPart[]): string | undefined {
  const lines = linesOf(parts)
  if (lines.every(({ shown }) => shown === HIDDEN || shown === '')) return undefined
  const shown: string[] = []
  const ids = new Map<string, number>()
  // The diff is made of numbers: two lines that are shown alike and are not the same have two of them.
  const idOf = (kind: 'plain' | 'secret' | 'old', real: string, text: string): number => {
    const key = `${kind} ${real}`
    const known = ids.get(key)
    if (known !== undefined) return known
    ids.set(key, shown.length)
    return shown.push(text) - 1
  }
  const after = lines.map(({ real, shown: text, hasSecret }) => idOf(hasSecret ? 'secret' : 'plain', real, text))
  const end = idOf('plain', '', '')
  const old = joined(before.split('\n'), lines).map(real => {
    return ids.get(`plain ${real}`) ?? ids.get(`secret ${real}`) ?? idOf('old', real, HIDDEN)
  })
  const patch = patchOf(path, numbered(old, end), numbered(after, end))
  if (patch === undefined) return undefined
  return limited(
    patch.replaceAll(/^([ +-])#(\d+)$/gm, (_, sign: string, id: string) => sign + (shown[Number(id)] ?? HIDDEN)),
  )
}

/** A text that ends with a line break has nothing behind it: that is no line. */
function numbered(ids: readonly number[], end: number): string {
  const endsWhole = ids.at(-1) === end
  const lines = (endsWhole ? ids.slice(0, -1) : ids).map(id => `#${id}`)
  return lines.join('\n') + (endsWhole && lines.length > 0 ? '\n' : '')
}

function linesOf(parts: readonly SecretPart[]): readonly Line[] {
  const lines: Line[] = []
  let line = { real: '', shown: '', hasSecret: false }
  for (const { text, isSecret } of parts) {
    if (isSecret) {
      line = { real: line.real + text, shown: line.shown + HIDDEN, hasSecret: true }
      continue
    }
    const [first = '', ...others] = text.split('\n')
    line = { ...line, real: line.real + first, shown: line.shown + first }
    for (const next of others) {
      lines.push(line)
      line = { real: next, shown: next, hasSecret: false }
    }
  }
  return [...lines, line]
}

/** Lines of the old text, with those that are one line of the new text, whose secret has line breaks, as one. */
function joined(before: readonly string[], lines: readonly Line[]): readonly string[] {
  const long = Map.groupBy(
    lines.filter(({ real }) => real.includes('\n')).map(({ real }) => real.split('\n')),
    ([first]) => first,
  )
  if (long.size === 0) return before
  const out: string[] = []
  for (let at = 0; at < before.length; ) {
    const found = long.get(before[at])?.find(own => own.every((text, offset) => before[at + offset] === text))
    out.push(found === undefined ? (before[at] ?? '') : found.join('\n'))
    at += found?.length ?? 1
  }
  return out
}
