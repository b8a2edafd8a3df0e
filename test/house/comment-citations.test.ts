import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { filesBelow, PROJECT, readSource } from './source-files.ts'

const FOLDERS = [
  'protocol',
  'states',
  'minion',
  'master',
  'scripts',
  'test',
  'docs',
  'roles',
  'pillar',
  'runbooks',
  'packaging',
]
const PATH = new RegExp(`(?<![\\w/.:@-])(?:${FOLDERS.join('|')})/[\\w./-]*\\w`, 'g')
/** Matches `docs/design.md F6`, `docs/decisions.md 22` and `docs/development.md, "The chaos loop"`. */
const SECTION = /(?<![\w/])(docs\/[\w/-]+\.md)(?: (F?\d+)\b|, "([^"]+)")/g
/** Pages outside the repository, and section numbers without a page. */
const ELSEWHERE =
  /\b(?:DECISIONS|DESIGN|SECURITY|HOUSE|STYLE|WRITING|PERFORMANCE|DEPS|PEERS|VERIFIED)(?:\.md)? \d|\bdecision \d/g

interface Comment {
  readonly where: string
  readonly text: string
}

/** Extracts the comments of a file; consecutive lines count as one. Pure. */
function commentsOf(path: string, source: string): readonly Comment[] {
  const found: { where: string; text: string; last: number }[] = []
  for (const [index, line] of source.split('\n').entries()) {
    const text = path.endsWith('.ts')
      ? (/^\s*(?:\/\/|\/\*\*?|\*\/?)(.*)$/.exec(line)?.[1] ?? /\s\/\/ (.*)$/.exec(line)?.[1])
      : /(?:^|\s)#(?!!) (.*)$/.exec(line)?.[1]
    if (text === undefined) continue
    const before = found.at(-1)
    if (before !== undefined && before.last === index - 1) {
      before.text += ` ${text.trim()}`
      before.last = index
    } else found.push({ where: `${path}:${index + 1}`, text: text.trim(), last: index })
  }
  return found
}

/** Lists the headings of a page, without markup. */
function headingsOf(page: string): readonly string[] {
  return [...readSource(page).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => heading)
}

function missing({ text, where }: Comment): readonly string[] {
  const paths = [...text.matchAll(PATH)].map(([path]) => path).filter(path => !existsSync(join(PROJECT, path)))
  const sections = [...text.matchAll(SECTION)].flatMap(([cited, page = '', number, title]) => {
    if (!existsSync(join(PROJECT, page)) || !statSync(join(PROJECT, page)).isFile()) return [cited]
    const headings = headingsOf(page)
    return headings.some(heading => (title === undefined ? heading.startsWith(`${number}. `) : heading === title))
      ? []
      : [cited]
  })
  const elsewhere = [...text.matchAll(ELSEWHERE)].map(([cited]) => cited)
  return [...paths, ...sections, ...elsewhere].map(cited => `${where}: ${cited}`)
}

const files = [
  ...filesBelow(['protocol', 'states', 'minion', 'master', 'scripts', 'test'], '.ts'),
  ...filesBelow(['roles', 'pillar', 'runbooks', 'packaging'], '.yml'),
  ...filesBelow(['scripts'], '').filter(path => /^scripts\/[a-z0-9-]+$/.test(path)),
]
const comments = files.flatMap(path => commentsOf(path, readSource(path)))

it('every file and section that a code comment names exists in the repository', () => {
  expect(comments.length).toBeGreaterThan(1000)
  expect(comments.flatMap(missing)).toEqual([])
})

it('the citation check finds a comment that names a missing file, a missing section, or a page outside the repository', () => {
  const text =
    '// See states/none.ts, docs/design.md F6,\n// docs/design.md F99, docs/design.md, "Nothing" and DECISIONS 6.'

  expect(commentsOf('x.ts', text).flatMap(missing)).toEqual([
    'x.ts:1: states/none.ts',
    'x.ts:1: docs/design.md F99',
    'x.ts:1: docs/design.md, "Nothing"',
    'x.ts:1: DECISIONS 6',
  ])
})

it('no two decision records share a number', () => {
  const numbers = ['docs/decisions.md', 'docs/design.md'].flatMap(page =>
    headingsOf(page).flatMap(heading => /^(F?\d+)\. /.exec(heading)?.[1] ?? []),
  )

  expect(numbers.length).toBeGreaterThan(40)
  expect(numbers.filter((number, index) => numbers.indexOf(number) !== index)).toEqual([])
})
