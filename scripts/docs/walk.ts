import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readFunctions } from './walk/functions.ts'
import { walkOf } from './walk/graph.ts'
import { problemsOf, withWalk } from './walk/page.ts'
import { recordApply } from './walk/scene.ts'
import { ENTRIES, STEPS } from './walk/steps.ts'

/*
 * Writes the walk of `master apply role=db` into docs/contributing/architecture.md, from the calls of a real apply. With
 * `--check` it writes nothing and compares: exits with 1 and prints one line per problem.
 */
const PROJECT = join(import.meta.dirname, '../..')
const PAGE = join(PROJECT, 'docs/contributing/architecture.md')

const functions = readFunctions(PROJECT, ['master', 'minion', 'protocol', 'states'])
const walk = walkOf(functions, await recordApply(functions), { entries: ENTRIES, steps: STEPS })
const page = readFileSync(PAGE, 'utf8')
const isCheck = process.argv.includes('--check')
const problems = problemsOf(walk, isCheck ? page : withWalk(page, walk), PROJECT)
for (const problem of problems) console.log(problem)
if (isCheck) process.exitCode = problems.length > 0 ? 1 : 0
else writeFileSync(PAGE, withWalk(page, walk))
