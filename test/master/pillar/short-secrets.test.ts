import { expect, it } from 'vitest'
import { judgeSecret, shortSecrets } from '../../../master/pillar/short-secrets.ts'
import type { PillarNode, PillarTree } from '../../../master/yaml/pillar-tree.ts'
import { Secret } from '../../../protocol/secret.ts'

const position = (line: number) => ({ file: 'pillar/common.yml', line, column: 1 })

it.each([
  ['12345', 'refused'],
  ['a', 'refused'],
  ['123456', 'warned'],
  ['1234567', 'warned'],
  ['12345678', 'fine'],
])('the length check of the secret %s gives `%s` without showing its value', (value, expected) => {
  const judged = judgeSecret({ path: 'a.pin', value }, false)
  const is = judged.problems.length > 0 ? 'refused' : judged.warnings.length > 0 ? 'warned' : 'fine'

  expect(is).toBe(expected)
  expect(JSON.stringify(judged)).not.toContain(`${value}"`)
  expect(JSON.stringify(judged)).not.toContain(`\`${value}\``)
  expect(judged.problems.map(({ hint }) => hint?.includes('--short'))).toEqual(expected === 'refused' ? [true] : [])
})

it('a secret that is too short is only a warning when the operator insists', () => {
  expect(judgeSecret({ path: 'a.pin', value: '1234' }, true)).toMatchObject({
    problems: [],
    warnings: [{ code: 'PILLAR_SECRET_SHORT' }],
  })
})

it('the length of every secret in all files is checked, with its location', () => {
  const secret = (path: string, value: string, line: number): PillarNode => {
    return { kind: 'secret', position: position(line), secret: new Secret(value, path) }
  }
  const tree: PillarTree = {
    kind: 'map',
    position: position(1),
    entries: new Map<string, PillarNode>([
      ['pin', secret('pin', '1234', 1)],
      ['list', { kind: 'list', position: position(2), items: [secret('list.[]', '1234567', 3)] }],
      ['plain', { kind: 'value', position: position(4), value: 'ab' }],
      ['long', secret('long', 'long enough', 5)],
    ]),
  }
  const files = new Map([['common', tree]])

  expect(shortSecrets(files, false)).toMatchObject({
    problems: [{ message: expect.stringContaining('`pin` has 4'), source: { line: 1 } }],
    warnings: [{ message: expect.stringContaining('`list.[]` has 7'), source: { line: 3 } }],
  })
  expect(shortSecrets(files, true)).toMatchObject({ problems: [], warnings: [{}, {}] })
})
