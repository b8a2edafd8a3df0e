import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { PROJECT } from '../house/source-files.ts'
import { changed, stepsOf, textAfter } from './guide-pages.ts'
import { copyProject } from './project-copy.ts'

const PAGES = readdirSync(join(PROJECT, 'docs/contributing')).filter(name => name.startsWith('adding-'))

/** The number of program files that an example may change. */
const SOURCE_FILES: { readonly [page: string]: number } = {
  'adding-a-state-type.md': 2,
  'adding-a-helper.md': 1,
  'adding-a-report-field.md': 4,
  'adding-a-role.md': 3,
  'adding-a-verb.md': 2,
  'adding-a-wire-message.md': 5,
}

let copy: string

beforeAll(() => {
  copy = copyProject()
})

afterAll(() => rmSync(copy, { recursive: true, force: true }))

/** Runs a command of a page in the copy, in a clean shell without settings of this test run. */
function run(command: string): void {
  const { HOME, PATH = '' } = process.env
  const env = { HOME, PATH: [dirname(process.execPath), PATH].join(delimiter), NO_COLOR: '1' }
  const { status, stdout, stderr } = spawnSync('sh', ['-c', command], { cwd: copy, env, encoding: 'utf8' })
  expect(status, `${command}\n${stdout}\n${stderr}`).toBe(0)
}

// Sequentially in one tree: the examples must also fit together.
it('the steps on every page of the contributor guide work as written', () => {
  for (const page of PAGES) {
    const steps = stepsOf(readFileSync(join(copy, 'docs/contributing', page), 'utf8'))
    const source = new Set<string>()
    for (const step of steps) {
      if (step.do === 'run') {
        run(step.command)
        continue
      }
      if (/^(protocol|states|minion|master|roles)\/.*(?<!\.md)$/.test(step.path)) source.add(step.path)
      mkdirSync(dirname(join(copy, step.path)), { recursive: true })
      writeFileSync(
        join(copy, step.path),
        textAfter(step, path => readFileSync(join(copy, path), 'utf8')),
      )
    }
    expect(
      steps.map(step => step.do),
      page,
    ).toContain('run')
    expect({ page, files: source.size }).toEqual({ page, files: SOURCE_FILES[page] })
  }
  run('npm run --silent types')
  run('npm run --silent lint')
  // It runs types, lint and tests of the whole project, a minute on an idle machine.
}, 600_000)

it('a hunk of the contributor guide that fits no place or two places of a file is an error', () => {
  expect(changed('a\nb\n', ' a\n+c\n-b\n')).toBe('a\nc\n')
  expect(() => changed('a\n', ' b\n+c\n')).toThrow('found 0')
  expect(() => changed('a\na\n', ' a\n+c\n')).toThrow('found 2')
})
