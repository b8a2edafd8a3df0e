import type { Command } from 'commander'
import { expect, it } from 'vitest'
import { createProgram } from '../../master/cli/program.ts'
import { minionProgram } from '../../scripts/docs/cli-options.ts'
import { filesBelow, readSource } from './source-files.ts'

/** Programs whose commands are checked: those in hints and pages must be valid. */

const PROGRAMS: { readonly [name: string]: Command } = {
  master: createProgram('', () => undefined),
  minion: minionProgram(),
}

/** Commands added by the worked examples of the contributor guide. */
const ADDED_BY_EXAMPLES = ['master clock']

/** Languages of code blocks that contain commands. */
const SHELLS = ['', 'sh', 'bash', 'console']

interface Found {
  readonly where: string
  readonly text: string
}

const SOURCES = ['master', 'minion', 'states', 'protocol']
const inCode = filesBelow(SOURCES, '.ts').flatMap(path => quoted(path, readSource(path).replaceAll('\\`', '`')))
const inPages = ['README.md', ...filesBelow(['docs', 'roles', 'runbooks'], '.md')].flatMap(path => [
  ...quoted(path, readSource(path)),
  ...blocks(path, readSource(path)),
])

it('no hint in the source names a command or option that does not exist', () => {
  expect(inCode.length).toBeGreaterThan(150)
  expect(inCode.flatMap(wrong)).toEqual([])
})

it('no documentation page names a command or option that does not exist', () => {
  expect(inPages.length).toBeGreaterThan(200)
  expect(inPages.flatMap(wrong)).toEqual([])
})

it('the hint check finds a command and an option that do not exist', () => {
  const texts = ['master aply web1', 'master apply web1 --bogus', 'master keys acept db1', 'minion jion --master x']

  expect(texts.map(text => wrong({ where: 'x', text }).length)).toEqual([1, 1, 1, 1])
})

/** Finds commands such as `master keys accept db1` in backticks. */
function quoted(where: string, source: string): readonly Found[] {
  const found = source.matchAll(/`((?:sudo )?(?:master|minion) [^`\n]+)`/g)
  return [...found].map(([, text = '']) => ({ where, text }))
}

/** Finds lines of code blocks that begin with a program. */
function blocks(where: string, page: string): readonly Found[] {
  const found = [...page.matchAll(/^```(\w*)\n([\s\S]*?)^```/gm)]
  return found.flatMap(([, language = '', block = '']) =>
    !SHELLS.includes(language)
      ? []
      : block
          .split('\n')
          .map(line => line.replace(/^\s*(?:[$#>] )?/, ''))
          .filter(line => /^(?:sudo )?(?:master|minion) [a-z-]/.test(line))
          .map(text => ({ where, text })),
  )
}

/** Describes what is wrong with a command, as one line; none when it is valid. */
function wrong({ where, text }: Found): readonly string[] {
  if (ADDED_BY_EXAMPLES.includes(text)) return []
  const alone = text
    .replace(/^sudo /, '')
    .replaceAll(/\$\{[^}]*\}+/g, 'X')
    .replaceAll(/\$\([^)]*\)/g, 'X')
    .replaceAll(/"[^"]*"|'[^']*'/g, 'X')
    .split(/ \d?[|<>&;#]| \\$|[;…]/)[0]
  const [program = '', ...words] = (alone ?? '').split(/\s+/).filter(word => word !== '')
  const top = PROGRAMS[program]
  const fault = top === undefined ? `no program ${program}` : faultOf(top, words)
  return fault === undefined ? [] : [`${where}: \`${text}\`: ${fault}`]
}

function faultOf(top: Command, words: readonly string[]): string | undefined {
  const path = [top]
  let operands = 0
  for (let at = 0; at < words.length; at++) {
    const word = (words[at] ?? '').replace(/^\[+|[\],.:]+$/g, '')
    const online = path.at(-1) ?? top
    if (word === '--') return undefined
    if (word.startsWith('-')) {
      const [name = ''] = word.split('=')
      if (['--help', '-h'].includes(name)) continue
      const option = optionOf(path, name)
      if (option === undefined) return `no option ${name}`
      if ((option.required || option.optional) && !word.includes('=')) at += 1
      continue
    }
    const below = operands === 0 ? word.split('|').map(name => online.commands.find(one => one.name() === name)) : []
    const [child] = below
    if (child !== undefined) {
      if (below.includes(undefined)) return `no command among ${word}`
      path.push(child)
    } else if (isPlaceholder(word)) operands += 1
    else if (online.registeredArguments.length === 0) return `no command ${word}`
    else operands += 1
  }
  return undefined
}

/** `list` can be omitted: its options may follow the parent command. */
function optionOf(path: readonly Command[], name: string): Command['options'][number] | undefined {
  const unsaid = path.at(-1)?.commands.find(one => one.name() === 'list')
  const all = [...path, ...(unsaid === undefined ? [] : [unsaid])].flatMap(({ options }) => options)
  return all.find(({ short, long }) => short === name || long === name)
}

function isPlaceholder(word: string): boolean {
  return /^[A-Z]|^<|^\.\.\.|^$/.test(word)
}
