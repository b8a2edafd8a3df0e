import { expect, it } from 'vitest'
import { annotationsOf, annotationText } from '../../../../../master/cli/render/formats/annotation.ts'

it('an annotation of GitHub Actions escapes %, line breaks, and in its properties also : and ,', () => {
  const source = { file: 'roles/a,b:c/states.yml', line: 3, column: 1 }

  expect(annotationText([{ level: 'error', title: '50%: a, b', message: '100%, a: b\r\nnext', source }])).toBe(
    '::error file=roles/a%2Cb%3Ac/states.yml,line=3,col=1,title=50%25%3A a%2C b::100%25, a: b%0Anext\n',
  )
})

it('an annotation of GitHub Actions is one line whatever a host says, so that no text of a host is a command', () => {
  const message = 'x\n::stop-commands::y\r::add-mask::z\u001b[31m'
  const text = annotationText([{ level: 'warning', title: 'a\n::error::b', message }])

  expect(text.trimEnd().split(/[\r\n\u2028]/)).toHaveLength(1)
  expect(text).toBe('::warning title=a\\x0a%3A%3Aerror%3A%3Ab::x%0A::stop-commands::y%0D::add-mask::z\\x1b[31m\n')
})

it('an annotation of GitHub Actions comes before less important ones', () => {
  const levels = ['notice', 'warning', 'error'] as const
  const text = annotationText(levels.map(level => ({ level, title: 't', message: 'm' })))

  expect(text.match(/^::\w+/gm)).toEqual(['::error', '::warning', '::notice'])
})

it('an annotation of GitHub Actions of a problem has its code, place and hint', () => {
  const source = { file: 'inventory.yml', line: 2, column: 5 }

  expect(
    annotationText(annotationsOf([{ code: 'ROLE_UNKNOWN', message: 'no', hint: 'Do it.', source }], 'error')),
  ).toBe('::error file=inventory.yml,line=2,col=5,title=ROLE_UNKNOWN::no%0Ahint: Do it.\n')
})
