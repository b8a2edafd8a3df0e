import { expect, it, vi } from 'vitest'
import { wrapped } from '../../../../master/cli/render/wrapped.ts'

it('a word without blanks is broken at the width of its column, and keeps all its characters', () => {
  expect(wrapped('abcdefgh ij', 3, true)).toEqual(['abc', 'def', 'gh', 'ij'])
  expect(wrapped('東京東京x', 4, true)).toEqual(['東京', '東京', 'x'])
  expect(wrapped('東京', 1, true)).toEqual(['東', '京'])
  expect(wrapped('e\u0301e\u0301e\u0301', 2, true)).toEqual(['e\u0301e\u0301', 'e\u0301'])
  expect(wrapped('abcdefgh ij', 3, false)).toEqual(['abcdefgh', 'ij'])
})

it('a word is broken in one pass over its characters, however long it is', () => {
  const segment = vi.spyOn(Intl.Segmenter.prototype, 'segment')
  try {
    const work = [2000, 4000, 8000].map(length => {
      segment.mockClear()
      expect(wrapped('/x'.repeat(length / 2), 16, true)).toHaveLength(length / 16)
      return segment.mock.calls.reduce((sum, [text]) => sum + text.length, 0)
    })

    expect(work).toEqual([2000, 4000, 8000])
  } finally {
    segment.mockRestore()
  }
})
