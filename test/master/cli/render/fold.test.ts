import { expect, it } from 'vitest'
import { fold } from '../../../../master/cli/render/fold.ts'

it('fold breaks lines between words and keeps a piece marked whole in one line', () => {
  const pieces = [{ text: 'failed' }, { text: 'one two three' }, { text: 'master report x', whole: true }] as const

  expect(fold(pieces, { width: 16 }, { hang: 2 })).toEqual(['failed  one two', '  three', '  master report x'])
})

it('fold keeps what is between backticks on one line, where it fits', () => {
  const text = 'Run `df -h` on it, or `a command that is longer`.'

  expect(fold([{ text }], { width: 20 }, { hang: 2 })).toEqual([
    'Run `df -h` on it,',
    '  or `a command that',
    '  is longer`.',
  ])
  expect(fold([{ text: 'See the log: `df -h /x`.' }], { width: 18 }, { hang: 0 })).toEqual([
    'See the log:',
    '`df -h /x`.',
  ])
})

it('fold keeps a word that is longer than the terminal width', () => {
  expect(fold([{ text: 'at /a/very/long/path' }], { width: 10 }, { lead: 2, hang: 4 })).toEqual([
    '  at',
    '    /a/very/long/path',
  ])
})

it('fold measures wide characters and colours each part of a broken line', () => {
  const paint = (text: string): string => `<${text}>`

  expect(fold([{ text: '東京 東京', paint }], { width: 8 }, { hang: 0 })).toEqual(['<東京>', '<東京>'])
  expect(fold([{ text: 'a b', paint }], { width: Number.POSITIVE_INFINITY }, { hang: 0 })).toEqual(['<a b>'])
})
