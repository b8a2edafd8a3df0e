import { expect, it } from 'vitest'
import { bodyOf, paintBody } from '../../../../../master/cli/render/result/body.ts'
import { createStyle } from '../../../../../master/cli/render/style.ts'
import { state } from '../screen-scenes.ts'

const SCRIPT = { actions: [{ kind: 'run', summary: 'run `set -e\n\tapt-get update\napt-get upgrade`' }] } as const

function texts(told: Parameters<typeof state>[3], how: 'short' | 'full' = 'short'): readonly string[] {
  return bodyOf(state('web/cmd.run/x', 'changed', 1, told), how).map(({ text }) => text)
}

it('the output of a program has no colours, carriage returns or escaped tabs', () => {
  expect(texts({ output: '\u001b[31mError\u001b[0m:\tnot found\r\n10%\r100%\r\n' })).toEqual([
    '| Error:\tnot found',
    '| 100%',
  ])
})

it('a script of several lines is shown by its first line and the number of the others', () => {
  expect(texts(SCRIPT)).toEqual(['run `set -e', '... 2 more lines'])
  expect(texts(SCRIPT, 'full')).toEqual(['run `set -e', '  \tapt-get update', '  apt-get upgrade`'])
})

it('a long line is cut at three rows of the terminal unless everything is wanted', () => {
  const lines = bodyOf(state('web/cmd.run/x', 'changed', 1, { output: 'x'.repeat(100_000) }), 'short')
  const style = createStyle(false, 80)

  const [short = ''] = paintBody(lines, { indent: 6, whole: false }, style)
  const [whole = ''] = paintBody(lines, { indent: 6, whole: true }, style)
  const [piped = ''] = paintBody(lines, { indent: 6, whole: false }, createStyle(false, Number.POSITIVE_INFINITY))

  expect(short.length).toBeLessThanOrEqual(240)
  expect(short).toMatch(/^ {6}\| x{200,}… 99\d{3} characters more$/)
  expect(whole).toHaveLength(100_008)
  expect(piped).toBe(whole)
})
