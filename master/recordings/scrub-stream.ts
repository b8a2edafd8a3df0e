import { HIDDEN, secretForms, secretWords } from '../../protocol/secret-forms.ts'
import { foldCase, SecretMatcher } from '../../protocol/secret-matcher.ts'

/** Hides secrets in bytes that arrive in pieces. */
export interface StreamScrubber {
  /** Returns what can be released so far; an end that may be the beginning of a secret is held back. */
  push(chunk: Uint8Array): Uint8Array
  /** Returns what was held back. */
  end(): Uint8Array
}

const NOTHING = new Uint8Array(0)

/**
 * Creates a scrubber that finds every form of every secret, however the stream is split; overlapping secrets are all hidden.
 * Bytes are treated as text with one unit per byte.
 */
export function createStreamScrubber(secrets: readonly string[]): StreamScrubber {
  const matcher = new SecretMatcher(secretForms(secrets).map(bytesAsText), secretWords(secrets).map(bytesAsText))
  if (matcher.longest === 0) return { push: chunk => chunk, end: () => NOTHING }
  let waiting = ''
  /** How many of the first held-back bytes belong to a secret that was already replaced by a mark. */
  let hidden = 0
  /** The byte before the held-back ones; -1 at the beginning. */
  let before = -1

  const firstOpen = (folded: string): number => {
    for (let at = Math.max(0, folded.length - matcher.longest); at < folded.length; at++) {
      if (matcher.mayBegin(folded, at, before)) return at
    }
    return folded.length
  }
  const told = (text: string, folded: string, end: number): Uint8Array => {
    const out: string[] = []
    let from = hidden
    for (let at = 0; at < end; at++) {
      const length = matcher.lengthAt(folded, at, before)
      if (length === 0) continue
      if (at >= from) out.push(text.slice(from, at), HIDDEN)
      from = Math.max(from, at + length)
    }
    if (from < end) out.push(text.slice(from, end))
    hidden = Math.max(0, from - end)
    if (end > 0) before = folded.charCodeAt(end - 1)
    const bytes = Buffer.from(out.join(''), 'latin1')
    return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }
  return {
    push: chunk => {
      const text = waiting + textOf(chunk)
      const folded = foldCase(text)
      const end = firstOpen(folded)
      const out = told(text, folded, end)
      waiting = text.slice(end)
      return out
    },
    end: () => {
      const out = told(waiting, foldCase(waiting), waiting.length)
      waiting = ''
      hidden = 0
      return out
    },
  }
}

function bytesAsText(text: string): string {
  return textOf(Buffer.from(text, 'utf8'))
}

function textOf({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('latin1')
}
