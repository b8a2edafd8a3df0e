import { HIDDEN, secretForms, secretWords } from '../../protocol/secret-forms.ts'
import { foldCase, SecretMatcher } from '../../protocol/secret-matcher.ts'

/** Hides secrets in bytes that come in pieces. */
export interface StreamScrubber {
  /** What of all that came so far can be told; an end that may be the beginning of a secret waits for what follows. */
  push(chunk: Uint8Array): Uint8Array
  /** What still waited. */
  end(): Uint8Array
}

const NOTHING = new Uint8Array(0)

/**
 * Finds every form of every secret, wherever the pieces are cut; where secrets overlap, all of them are hidden. Bytes are
 * looked at as texts of one unit each.
 */
export function createStreamScrubber(secrets: readonly string[]): StreamScrubber {
  const matcher = new SecretMatcher(secretForms(secrets).map(bytesAsText), secretWords(secrets).map(bytesAsText))
  if (matcher.longest === 0) return { push: chunk => chunk, end: () => NOTHING }
  let waiting = ''
  /** How many of the first waiting bytes belong to a secret that was told as a mark already. */
  let hidden = 0
  /** The byte in front of the waiting ones; -1 at the beginning. */
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
