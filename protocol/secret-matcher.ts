/** Shorter forms match only as whole words. */
export const SHORTEST = 6
/** Shorter values are not matched at all: they would redact half of every text. */
export const SHORTEST_WORD = 4

/** A range of a text: first code unit, and the one after the last. */
export interface Span {
  readonly from: number
  readonly to: number
}

/** Lower-cases A to Z without changing the length, so that forms match in either case. Pure. */
export function foldCase(text: string): string {
  return text.replaceAll(/[A-Z]+/g, letters => letters.toLowerCase())
}

const FILTER_SIZE = 65_536

/**
 * Finds any of many forms at an offset of a text. Forms are sorted, so an offset costs one table lookup, and a binary search if
 * some form begins with the same three units: the time grows with the text, and hardly with the number of forms. Texts must be
 * folded with `foldCase`; `before` is the unit before the text, -1 when there is none.
 */
export class SecretMatcher {
  /** Length of the longest form or word. */
  readonly longest: number
  readonly #forms: readonly string[]
  /** Index of the longest other form that is a prefix of each form; -1 when there is none. */
  readonly #inner: Int32Array
  readonly #begins = new Uint8Array(FILTER_SIZE)
  readonly #words: ReadonlySet<string>

  constructor(forms: readonly string[], words: readonly string[]) {
    this.#forms = [...new Set(forms.map(foldCase))].sort((a, b) => (a < b ? -1 : 1))
    this.#words = new Set(words.map(foldCase))
    this.longest = [...this.#forms, ...this.#words].reduce((most, { length }) => Math.max(most, length), 0)
    this.#inner = innerOf(this.#forms)
    for (const form of this.#forms) this.#begins[hashAt(form, 0)] = 1
  }

  /** Length of the form or word that begins at `at`; 0 when there is none. */
  lengthAt(text: string, at: number, before: number): number {
    const length = this.#formAt(text, at)
    return length > 0 || this.#words.size === 0 ? length : this.#wordAt(text, at, before)
  }

  /** True when the text from `at` to its end can be the beginning of a longer form or word. */
  mayBegin(text: string, at: number, before: number): boolean {
    const left = text.length - at
    if (left >= 3 && this.#begins[hashAt(text, at)] === 0) return this.#mayBeWord(text, at, before)
    const next = this.#forms[this.#floor(text, at) + 1]
    return (next !== undefined && commonLength(next, text, at) === left) || this.#mayBeWord(text, at, before)
  }

  /**
   * Finds the longest ranges that end at one of `ends` (ascending) and are the beginning of a form. A few letters are not a
   * secret: ranges have `SHORTEST` units or more.
   */
  beginningsAt(text: string, ends: readonly number[]): readonly Span[] {
    const spans: Span[] = []
    let next = 0
    for (let at = 0; next < ends.length; at++) {
      while (next < ends.length && (ends[next] ?? 0) < at + SHORTEST) next += 1
      const end = ends[next] ?? 0
      if (end - at > this.longest) at = end - this.longest
      const common = this.#commonAt(text, at)
      let to = 0
      for (let index = next; index < ends.length && (ends[index] ?? 0) <= at + common; index++) to = ends[index] ?? 0
      if (to > 0) spans.push({ from: at, to })
    }
    return spans
  }

  #formAt(text: string, at: number): number {
    if (at + SHORTEST > text.length || this.#begins[hashAt(text, at)] === 0) return 0
    let index = this.#floor(text, at)
    if (index < 0) return 0
    const common = commonLength(this.#forms[index] ?? '', text, at)
    // All forms that match here are prefixes of the nearest form that sorts before the text.
    while (index >= 0 && (this.#forms[index]?.length ?? 0) > common) index = this.#inner[index] ?? -1
    return this.#forms[index]?.length ?? 0
  }

  /** Number of units from `at` that are the beginning of some form. */
  #commonAt(text: string, at: number): number {
    if (at + 3 > text.length || this.#begins[hashAt(text, at)] === 0) return 0
    const index = this.#floor(text, at)
    const [below = '', above = ''] = [this.#forms[index], this.#forms[index + 1]]
    return Math.max(commonLength(below, text, at), commonLength(above, text, at))
  }

  /** Index of the last form that sorts before the text at `at` or equals it; -1 when there is none. */
  #floor(text: string, at: number): number {
    let low = 0
    let high = this.#forms.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (isAfter(this.#forms[middle] ?? '', text, at)) high = middle
      else low = middle + 1
    }
    return low - 1
  }

  #wordAt(text: string, at: number, before: number): number {
    if (!beginsWord(text, at, before)) return 0
    for (let size = SHORTEST - 1; size >= SHORTEST_WORD; size--) {
      const end = at + size
      if (end > text.length || !this.#words.has(text.slice(at, end))) continue
      const joined = end < text.length && isLetter(text.charCodeAt(end - 1)) && isLetter(text.charCodeAt(end))
      if (!joined) return size
    }
    return 0
  }

  /** True even for a complete word: only what comes next shows whether it is one. */
  #mayBeWord(text: string, at: number, before: number): boolean {
    if (this.#words.size === 0 || text.length - at >= SHORTEST || !beginsWord(text, at, before)) return false
    const end = text.slice(at)
    return [...this.#words].some(word => word.startsWith(end))
  }
}

function beginsWord(text: string, at: number, before: number): boolean {
  return !isLetter(text.charCodeAt(at)) || !isLetter(at === 0 ? before : text.charCodeAt(at - 1))
}

/** True for word characters of folded texts: letters, digits, `_`, and anything that is not ASCII. */
function isLetter(unit: number): boolean {
  return (unit >= 97 && unit <= 122) || (unit >= 48 && unit <= 57) || unit === 95 || unit >= 128
}

/** Computes `#inner` from sorted forms. */
function innerOf(forms: readonly string[]): Int32Array {
  const inner = new Int32Array(forms.length).fill(-1)
  const open: number[] = []
  for (const [index, form] of forms.entries()) {
    while (open.length > 0 && !form.startsWith(forms[open.at(-1) ?? 0] ?? '')) open.pop()
    inner[index] = open.at(-1) ?? -1
    open.push(index)
  }
  return inner
}

function hashAt(text: string, at: number): number {
  const first = text.charCodeAt(at)
  return ((first * 31 + text.charCodeAt(at + 1)) * 31 + text.charCodeAt(at + 2)) & (FILTER_SIZE - 1)
}

function commonLength(form: string, text: string, at: number): number {
  const most = Math.min(form.length, text.length - at)
  let length = 0
  while (length < most && form.charCodeAt(length) === text.charCodeAt(at + length)) length += 1
  return length
}

function isAfter(form: string, text: string, at: number): boolean {
  const common = commonLength(form, text, at)
  if (common === form.length) return false
  return at + common === text.length || form.charCodeAt(common) > text.charCodeAt(at + common)
}
