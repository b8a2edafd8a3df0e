import { expect, it } from 'vitest'
import type { BodyLine } from '../../../../../master/cli/render/result/body-line.ts'
import { markChanges } from '../../../../../master/cli/render/result/changed-words.ts'

const KINDS = { '-': 'removed', '+': 'added', ' ': 'context' } as const

/** The lines of a diff, with what is marked between brackets. */
function marked(...lines: readonly string[]): readonly string[] {
  const body = lines.map((text): BodyLine => ({ kind: KINDS[text.charAt(0) as keyof typeof KINDS], text }))
  return markChanges(body).map(({ text, from, to }) => {
    if (from === undefined || to === undefined) return text
    return `${text.slice(0, from)}[${text.slice(from, to)}]${text.slice(to)}`
  })
}

it.each([
  [
    ['-workers = 4;', '+workers = 16;'],
    ['-workers = [4];', '+workers = [16];'],
  ],
  [
    ['-\tlisten 80', '+\tlisten 80 default'],
    ['-\tlisten 80[]', '+\tlisten 80[ default]'],
  ],
  [
    ['-größe = 東京', '+größe = 京都'],
    ['-größe = [東京]', '+größe = [京都]'],
  ],
  [
    ['-a a', '+a a a'],
    ['-a a[]', '+a a[ a]'],
  ],
  [
    ['-one = 1', '-two = 2', '+one = 3', '+two = 4'],
    ['-one = [1]', '-two = [2]', '+one = [3]', '+two = [4]'],
  ],
])('what differs in the lines of a diff is marked: %j', (lines, shown) => {
  expect(marked(...lines)).toEqual(shown)
})

it.each([
  [['-one', '+two', '+three']],
  [['-  something', '+  else']],
  [[' context', '+added']],
  [['-removed', ' context']],
])('what differs in the lines of a diff is not marked where lines have nothing to be compared with: %j', lines => {
  expect(marked(...lines)).toEqual(lines)
})
