import { HIDDEN, secretForms } from '../../protocol/secret-forms.ts'

/** Hides secrets in bytes that come in pieces. */
export interface StreamScrubber {
  /** What of all that came so far can be told; an end that may be the beginning of a secret waits for what follows. */
  push(chunk: Uint8Array): Uint8Array
  /** What still waited. */
  end(): Uint8Array
}

const MARK = new TextEncoder().encode(HIDDEN)
const NOTHING = new Uint8Array(0)

/** Finds every form of every secret, wherever the pieces are cut; where secrets overlap, all of them are hidden. */
export function createStreamScrubber(secrets: readonly string[]): StreamScrubber {
  const forms = secretForms(secrets).map(form => new TextEncoder().encode(form))
  if (forms.length === 0) return { push: chunk => chunk, end: () => NOTHING }
  const byPair = new Map<number, Uint8Array[]>()
  const byFirst: Uint8Array[][] = Array.from({ length: 256 }, () => [])
  for (const form of forms) {
    const pair = pairOf(form, 0)
    byPair.set(pair, [...(byPair.get(pair) ?? []), form])
    byFirst[form[0] ?? 0]?.push(form)
  }
  // Most places of a text begin no secret: one look into a table tells.
  const isBegin = new Uint8Array(65_536)
  for (const pair of byPair.keys()) isBegin[pair] = 1
  const longest = forms[0]?.length ?? 0
  let waiting: Uint8Array = NOTHING
  /** How many of the first waiting bytes belong to a secret that was told as a mark already. */
  let hidden = 0

  const longestAt = (text: Uint8Array, at: number): number => {
    if (at + 1 >= text.length || isBegin[pairOf(text, at)] === 0) return 0
    // They are sorted, the longest first.
    return byPair.get(pairOf(text, at))?.find(form => standsAt(form, text, at, form.length))?.length ?? 0
  }
  const mayBegin = (text: Uint8Array, at: number): boolean => {
    const left = text.length - at
    return byFirst[text[at] ?? 0]?.some(form => form.length > left && standsAt(form, text, at, left)) === true
  }
  const firstOpen = (text: Uint8Array): number => {
    for (let at = Math.max(0, text.length - longest + 1); at < text.length; at++) if (mayBegin(text, at)) return at
    return text.length
  }
  const told = (text: Uint8Array, end: number): Uint8Array => {
    const out = new Uint8Array(end * MARK.length)
    let size = 0
    let from = hidden
    for (let at = 0; at < end; at++) {
      const length = longestAt(text, at)
      if (length > 0) {
        if (at >= from) {
          out.set(MARK, size)
          size += MARK.length
        }
        from = Math.max(from, at + length)
      }
      if (at < from) continue
      out[size] = text[at] ?? 0
      size += 1
    }
    hidden = Math.max(0, from - end)
    return out.slice(0, size)
  }
  return {
    push: chunk => {
      const text = waiting.length === 0 ? chunk : Buffer.concat([waiting, chunk])
      const end = firstOpen(text)
      const out = told(text, end)
      waiting = text.slice(end)
      return out
    },
    end: () => {
      const out = told(waiting, waiting.length)
      waiting = NOTHING
      hidden = 0
      return out
    },
  }
}

function pairOf(text: Uint8Array, at: number): number {
  return ((text[at] ?? 0) << 8) | (text[at + 1] ?? 0)
}

function standsAt(form: Uint8Array, text: Uint8Array, at: number, length: number): boolean {
  if (at + length > text.length) return false
  for (let index = 0; index < length; index++) if (form[index] !== text[at + index]) return false
  return true
}
