import { expect, it } from 'vitest'
import { parseDocument } from 'yaml'
import { freshFleet } from '../../../master/fleet/init.ts'
import { parseInventory } from '../../../master/fleet/inventory.ts'
import { parseYaml } from '../../../master/yaml/parse.ts'
import { syntaxErrors } from '../../../master/yaml/syntax-errors.ts'

function linesOf(text: string): readonly string[] {
  return parseYaml(text, 'x.yml').problems.map(
    ({ message, hint, source }) =>
      `${source?.line}:${source?.column} ${message}${hint === undefined ? '' : ` | ${hint}`}`,
  )
}

it.each([
  [
    'open brackets and quotes',
    'a: [1, 2\nb: 3\nc: "x\nd: 4\ne: {f: 1\ng: 2\n',
    ['1:4 the `[` is not closed', '3:4 the `"` is not closed', '5:4 the `{` is not closed'],
  ],
  ['tabs', 'a:\n\tb: 1\nc:\n\td: 2\n', ['2:1 a tab indents this line', '4:1 a tab indents this line']],
  [
    'a second colon, a missing space and a key that stands twice',
    'a: b: c\nd:1\nf: 1\nf: 2\n',
    ['1:4 a second `: ` in one line', '2:1 expected `key: value`', '4:1 a key appears twice in one map'],
  ],
  [
    'wrong indentation and text after a quote',
    'a:\n  b: 1\n c: 2\nd: "x" y\n',
    ['3:1 the indentation does not match the lines above', '4:8 text after the end of a value'],
  ],
  [
    'a glob without quotes',
    '*: {roles: [x]}\nb: "y\n',
    ['1:4 a `*` at the start means an alias', '2:4 the `"` is not closed'],
  ],
])('all YAML syntax errors are reported, one per line: %s', (_what, text, expected) => {
  const lines = linesOf(text)

  expect(lines.map(line => line.split(' | ')[0])).toEqual(expected)
})

it.each([
  ['a:\n  b: 1\n c: 2\n', 'This line begins with 1 space; indent it with 0 or 2, as a line above.'],
  ['a:\n  b:\n    c: hello\n   d: 2\n', 'This line begins with 3 spaces; indent it with 0, 2 or 4, as a line above.'],
])('an indentation error names the indentations that fit: %j', (text, hint) => {
  expect(parseYaml(text, 'x.yml').problems).toMatchObject([{ hint }])
})

it.each([
  ['roles:\n  - a\n  b\n', ['3:1 expected `- ITEM`, found `b` | Write `- b`.']],
  [
    '- match: x\nmatch: y\n',
    [
      '2:1 expected `- ITEM`, found `match: y` | Write `- match: y` for a list item, or indent it with 2 spaces to add it to the item above.',
    ],
  ],
  ['roles:\n  - a\n  -b\n', ['3:1 expected `- ITEM`, found `-b` | Write `- b`.']],
  ['-match: x\n files: [a]\n', ['1:9 expected `- ITEM`, found `-match: x` | Write `- match: x`.']],
  ['a: 1\n- b\n', ['2:1 a list item beside keys | Indent the list below its key, or delete the dash.']],
  ['a: 1\nb\n', ['2:1 expected `key: value` | Write a colon and a value after the key.']],
])('a list item without a dash or without the space after it is answered with the correct form: %j', (text, lines) => {
  expect(linesOf(text)).toEqual(lines)
})

it('the `{}` of an empty file followed by more lines is reported, without errors that only follow from it', () => {
  const more = '# minions\n{}\ndb1: {roles: [db], level: staging}\n"db*": {roles: [db]}\nweb1: "x\n'

  expect(linesOf(more)).toEqual([
    '2:1 `{}` is the whole content of a file, and more follows | Delete `{}`.',
    '5:7 the `"` is not closed | Close it on the same line.',
  ])
  expect(linesOf('db1: {roles: [db]}\n{}\n')).toEqual(['2:1 `{}` appears beside other keys | Delete `{}`.'])
})

it.each([
  ['one that swallows nothing', 'a: 1\na: 2\n', 0],
  ['open quotes', 'a: "x\n'.repeat(400), 20],
  ['open quotes in a large file', `${'a: "x\n'.repeat(40)}${'# word\n'.repeat(40_000)}`, 3],
  ['an open quote in a file above the limit', `a: "x\n${'# word\n'.repeat(150_000)}`, 0],
])('YAML syntax errors cause no unnecessary extra parses: %s', (_what, text, most) => {
  const parse = (copy: string) => parseDocument(copy, { prettyErrors: false })
  let parses = 0
  const found = syntaxErrors(text, parse(text), copy => {
    parses += 1
    return parse(copy)
  })

  expect(parses).toBe(most)
  expect(found.length).toBeGreaterThan(0)
})

it('YAML syntax errors cost a limited number of parses', () => {
  const text = 'a: "x\n'.repeat(400)
  const small = linesOf(text)

  expect(small.length).toBeGreaterThan(15)
  expect(small.length).toBeLessThan(30)
})

it('each file of a fresh fleet accepts a first entry at its end', () => {
  const files = freshFleet('fleet-1', 'shop')
  const added = `${files['inventory.yml']}db1: {roles: [db], level: staging}\n`

  expect(parseInventory(added, ['staging'])).toMatchObject({ problems: [], entries: [{ pattern: 'db1' }] })
  expect(parseYaml(`${files['pillar/common.yml']}app: {port: 80}\n`, 'x.yml').problems).toEqual([])
  expect(parseYaml(`${files['pillar/top.yml']}- match: id=db1\n  files: [db]\n`, 'x.yml').problems).toEqual([])
  expect(parseYaml(`${files['fleet.yml']}domains: {}\n`, 'x.yml').problems).toEqual([])
})
