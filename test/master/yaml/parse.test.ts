import { expect, it } from 'vitest'
import { parseYaml } from '../../../master/yaml/parse.ts'
import { suggest } from '../../../master/yaml/suggest.ts'

it.each([
  ['a: 1\na: 2\n', 'a key appears twice in one map', 2],
  ['a:\n\tb: 1\n', 'a tab indents this line', 2],
  ['a: !secret x\n', 'the tag `!secret` is unknown', 1],
  ['a: &x 1\nb: *x\n', 'anchors and aliases are not supported', 2],
])('the YAML %j is rejected with the line of the error', (text, message, line) => {
  const { root, problems } = parseYaml(text, 'x.yml')
  expect(root).toBeUndefined()
  expect(problems.find(problem => problem.message === message)).toMatchObject({
    code: 'YAML_INVALID',
    source: { file: 'x.yml', line },
    excerpt: text.split('\n')[line - 1],
  })
})

it('suggest returns a similar word and nothing for a dissimilar one', () => {
  expect(suggest('rolse', ['roles', 'level'])).toBe('roles')
  expect(suggest('zzzz', ['roles', 'level'])).toBeUndefined()
})
