import { expect, it } from 'vitest'
import { lastVersions, programLines } from '../../../../master/cli/render/program-text.ts'

it('the output of a program is shown without colours, with tabs, and other escapes as text', () => {
  expect(programLines('\u001b[31mred\u001b[0m\u001b[K\r\n\ttab\u001b[2J\rx\n')).toEqual(['red', '\ttab\\x1b[2J\\x0dx'])
})

it('of a line that a program wrote several times the last version is shown', () => {
  expect(lastVersions('get\n 10%\r 50%\r100%\r\ndone\r\n')).toEqual(['get', '100%', 'done'])
})

it('a very long line without an end is split in linear time', () => {
  const lines = ['x', '\r', '\u001b'].map(character => lastVersions(character.repeat(200_000)))

  expect(lines.map(({ length }) => length)).toEqual([1, 1, 1])
})
