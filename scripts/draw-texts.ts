/**
 * Prints a sample of texts for people, to be reviewed against the writing rules: `node scripts/draw-texts.ts --seed 7 --count
 * 60`. The same seed draws the same texts from the same sources, with equal shares for help, errors, hints, reports, docs,
 * comments and test titles.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createProgram } from '../master/cli/program.ts'
import { ERROR_CODES } from '../protocol/errors.ts'
import { STATES } from '../states/index.ts'
import { minionProgram, verbsOf } from './docs/cli-options.ts'

interface Text {
  /** Location of the text, for example `master/cli/run.ts:12`. */
  readonly place: string
  readonly text: string
}

const PROJECT = join(import.meta.dirname, '..')

function files(folders: readonly string[], suffix: string): readonly string[] {
  const listed = execFileSync('git', ['ls-files', '-z', '--', ...folders], { cwd: PROJECT, encoding: 'utf8' })
  return listed.split('\0').filter(path => path.endsWith(suffix))
}

/** Finds all matches of `pattern` in files, each with its line; the first group is the text. */
function matches(paths: readonly string[], pattern: RegExp): readonly Text[] {
  return paths.flatMap(path => {
    const content = readFileSync(join(PROJECT, path), 'utf8')
    return [...content.matchAll(pattern)].map(found => ({
      place: `${path}:${content.slice(0, found.index).split('\n').length}`,
      text: (found[1] ?? '').replace(/\s*\n\s*\*?\s*/g, ' ').trim(),
    }))
  })
}

function helpTexts(): readonly Text[] {
  const verbs = [...verbsOf(createProgram('', () => undefined)), ...verbsOf(minionProgram())]
  return [
    ...verbs.flatMap(({ words, command }) => [
      { place: words, text: command.description() },
      ...command.options.map(({ flags, description }) => ({ place: `${words} ${flags}`, text: description })),
    ]),
    ...STATES.flatMap(({ name, summary, params }) => [
      { place: name, text: summary },
      ...Object.entries(params).map(([param, { help }]) => ({ place: `${name} ${param}`, text: help })),
    ]),
  ]
}

function sources(): ReadonlyMap<string, readonly Text[]> {
  const code = files(['protocol', 'states', 'minion', 'master'], '.ts')
  const reports = code.filter(path => /render|format|describe|summary|labels/.test(path))
  const docs = [...files(['docs', 'roles'], '.md'), 'README.md']
  return new Map([
    ['help', helpTexts()],
    [
      'errors',
      [
        ...Object.entries(ERROR_CODES).map(([place, text]) => ({ place, text })),
        ...matches(code, /message: [`'"](.+)[`'"],?$/gm),
        ...matches(code, /\.invalid\(\s*\S+,\s*[`'](.+)[`'],?$/gm),
      ],
    ],
    ['hints', matches(code, /hint: [`'"](.+)[`'"],?(?: \})?\)?$/gm)],
    ['reports', matches(reports, /[`']([^`'\n]*[a-z]{2,} [a-z]{2,} [^`'\n]*)[`']/g)],
    ['docs', matches(docs, /^((?:- )?[A-Z`*][^\n|]{40,}(?:\n[^\n|#`-][^\n]+)*)$/gm)],
    ['comments', matches(code, /\/\*\*((?:(?!\*\/)[^])+)\*\/|^\s*\/\/ (.+)$/gm)],
    ['test titles', matches(files(['test'], '.test.ts'), /\b(?:it|test)(?:\.each\([^)]*\))?\('([^'\n]+)'/g)],
  ])
}

/** Creates a generator of numbers from 0 up to 1 (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const { values } = parseArgs({
  options: { seed: { type: 'string', default: '1' }, count: { type: 'string', default: '60' } },
})
const random = randomFrom(Number(values.seed))
const pools = [...sources()].map(([kind, texts]) => ({ kind, texts: texts.filter(({ text }) => text !== '') }))
for (let drawn = 0; drawn < Number(values.count); drawn++) {
  const { kind, texts } = pools[drawn % pools.length] ?? { kind: '', texts: [] }
  const { place, text } = texts[Math.floor(random() * texts.length)] ?? { place: '', text: '' }
  process.stdout.write(`${drawn + 1}. [${kind}] ${place}\n   ${text}\n`)
}
