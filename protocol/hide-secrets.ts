import { HIDDEN, secretForms, secretWords } from './secret-forms.ts'
import { foldCase, SecretMatcher, type Span } from './secret-matcher.ts'

/** Where our own texts are truncated: a fragment of a secret can follow the first mark or precede the second. */
const CUT_BEFORE = /left out \.\.\.\n/g
const CUT_AFTER = /…|\n\.\.\. \d+ characters of /g

/**
 * Redacts secret values in texts, in any form, even where a text was truncated in the middle of one. The time grows with the
 * length of the text, and hardly with the number of secrets. Pure.
 */
export function secretHider(secrets: readonly string[]): (text: string) => string {
  const forms = secretForms(secrets)
  const matcher = new SecretMatcher(forms, secretWords(secrets))
  if (matcher.longest === 0) return text => text
  let backwards: SecretMatcher | undefined
  const pieces = (text: string, folded: string): readonly Span[] => {
    const behind = [...text.matchAll(CUT_BEFORE)].map(({ 0: mark, index }) => index + mark.length)
    const ahead = [...text.matchAll(CUT_AFTER)].map(({ index }) => index)
    const begun = ahead.length === 0 ? [] : matcher.beginningsAt(folded, ahead)
    if (behind.length === 0) return begun
    // Read backwards, the end of a secret is the beginning of the reversed secret.
    backwards ??= new SecretMatcher(forms.map(reversed), [])
    const ends = behind.map(at => text.length - at).reverse()
    const ended = backwards.beginningsAt(reversed(folded), ends)
    return [...begun, ...ended.map(({ from, to }) => ({ from: text.length - to, to: text.length - from }))]
  }
  return text => {
    const folded = foldCase(text)
    const spans: Span[] = [...pieces(text, folded)]
    for (let at = 0; at < folded.length; at++) {
      const length = matcher.lengthAt(folded, at, -1)
      if (length > 0) spans.push({ from: at, to: at + length })
    }
    return spans.length === 0 ? text : without(text, spans)
  }
}

/**
 * Redacts secret values in every text of a value, at any depth and in any form. This is the second barrier; the first is the
 * Secret type. Pure.
 */
export function scrubber(secrets: readonly string[]): <T>(value: T) => T {
  const hide = secretHider(secrets)
  const scrub = (value: unknown): unknown => {
    if (typeof value === 'string') return hide(value)
    if (Array.isArray(value)) return value.map(scrub)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, scrub(item)]))
  }
  return <T>(value: T): T => (secrets.length === 0 ? value : (scrub(value) as T))
}

/** Replaces spans with a mark; overlapping spans share one. */
function without(text: string, spans: readonly Span[]): string {
  const out: string[] = []
  let written = 0
  for (const { from, to } of spans.toSorted((a, b) => a.from - b.from)) {
    if (from >= written) out.push(text.slice(written, from), HIDDEN)
    written = Math.max(written, to)
  }
  return [...out, text.slice(written)].join('')
}

/** Reverses a text by code units, so that offsets can be counted from the other end. */
function reversed(text: string): string {
  return text.split('').reverse().join('')
}
