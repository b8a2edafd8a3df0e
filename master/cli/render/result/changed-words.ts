import type { BodyLine } from './body-line.ts'

/** The changed part of a diff line. Both undefined: the whole line changed, or there is nothing to compare it with. */
export type Marked = BodyLine & { readonly from?: number; readonly to?: number }

const WORDS = /[\p{L}\p{N}_]+|\s+|./gsu

/**
 * Marks what differs between removed lines and an equal number of added lines: the part between their common beginning and
 * common end, like diff-highlight of git. Pure.
 */
export function markChanges(lines: readonly BodyLine[]): readonly Marked[] {
  const marked: Marked[] = [...lines]
  for (let at = 0; at < lines.length; ) {
    const removed = countOf(lines, at, 'removed')
    const added = countOf(lines, at + removed, 'added')
    if (removed === added) {
      for (let pair = at; pair < at + removed; pair++) markPair(marked, pair, pair + removed)
    }
    at += Math.max(removed + added, 1)
  }
  return marked
}

function countOf(lines: readonly BodyLine[], from: number, kind: BodyLine['kind']): number {
  let to = from
  while (lines[to]?.kind === kind) to += 1
  return to - from
}

function markPair(lines: Marked[], before: number, after: number): void {
  const [a, b] = [lines[before], lines[after]]
  if (a === undefined || b === undefined) return
  const [old, now] = [wordsOf(a.text), wordsOf(b.text)]
  const most = Math.min(old.length, now.length)
  let first = 0
  while (first < most && old[first] === now[first]) first += 1
  let last = 0
  while (last < most - first && old.at(-1 - last) === now.at(-1 - last)) last += 1
  const [start, end] = [lengthOf(old.slice(0, first)), lengthOf(last === 0 ? [] : old.slice(-last))]
  // Two lines that share only whitespace are unrelated.
  if (`${old.slice(0, first).join('')}${last === 0 ? '' : old.slice(-last).join('')}`.trim() === '') return
  lines[before] = { ...a, from: 1 + start, to: a.text.length - end }
  lines[after] = { ...b, from: 1 + start, to: b.text.length - end }
}

/** Drops the leading sign. */
function wordsOf(text: string): readonly string[] {
  return text.slice(1).match(WORDS) ?? []
}

function lengthOf(words: readonly string[]): number {
  return words.reduce((sum, { length }) => sum + length, 0)
}
