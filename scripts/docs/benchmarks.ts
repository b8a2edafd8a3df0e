import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { withRun, withSections } from '../bench/page.ts'
import { readRun } from '../bench/read-run.ts'

/*
 * node scripts/docs/benchmarks.ts [RUN.json]
 *
 * Writes the sections and goals of the bench into docs/benchmarks.md, and a run that `node scripts/bench.ts --json` printed.
 */
const PAGE = resolve(import.meta.dirname, '../../docs/benchmarks.md')
const [file] = process.argv.slice(2)
const page = withSections(readFileSync(PAGE, 'utf8'))
writeFileSync(PAGE, file === undefined ? page : withRun(page, readRun(readFileSync(file, 'utf8'), file)))
