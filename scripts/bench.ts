import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { compareRuns } from './bench/compare.ts'
import { readRun } from './bench/read-run.ts'
import { runBench } from './bench/run-bench.ts'
import { SECTIONS } from './bench/sections.ts'
import { benchTables } from './bench/table.ts'

const NAMES = SECTIONS.map(({ section }) => section)
const HELP = `Usage: node scripts/bench.ts [--section NAME]... [--short] [--minions N]... [--json] [--compare FILE]

Builds the bundles of the packages and measures them, each row in turns with the least that the same work costs on this machine,
and with CFEngine, Puppet and Ansible when they are installed. Progress goes to stderr, the result to stdout. Exit code 1 if a
section failed; a missed goal does not change it.

--section NAME   one section, several times for several: ${NAMES.join(', ')}
--short          tiny sizes, which only show that the bench works
--minions N      how many minions the sections compile, swarm and reconnect have, several times for several
--json           print the run as JSON, for --compare and for node scripts/docs/benchmarks.ts
--compare FILE   also show what changed since the run in FILE
`

const { values } = parseArgs({
  options: {
    section: { type: 'string', multiple: true, default: [] },
    short: { type: 'boolean', default: false },
    minions: { type: 'string', multiple: true, default: [] },
    json: { type: 'boolean', default: false },
    compare: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) {
  process.stdout.write(HELP)
  process.exit(0)
}
const unknown = values.section.filter(name => !NAMES.includes(name))
if (unknown.length > 0) {
  process.stderr.write(`bench: no section ${unknown.join(', ')}\n\n${HELP}`)
  process.exit(2)
}
const minions = values.minions.map(Number)
if (!minions.every(count => Number.isInteger(count) && count > 0)) {
  process.stderr.write(`bench: --minions must be a whole number above 0, not ${values.minions.join(', ')}\n\n${HELP}`)
  process.exit(2)
}
// Before the measuring, so that a wrong file is found at once.
const before = values.compare === undefined ? undefined : readRun(readFileSync(values.compare, 'utf8'), values.compare)
// The packages store compiled code by themselves.
delete process.env['NODE_COMPILE_CACHE']
const run = await runBench({
  project: resolve(import.meta.dirname, '..'),
  sections: SECTIONS.filter(({ section }) => values.section.length === 0 || values.section.includes(section)),
  short: values.short,
  minions,
  say: line => void process.stderr.write(`bench: ${line}\n`),
})
if (values.json) process.stdout.write(`${JSON.stringify(run, undefined, 2)}\n`)
else process.stdout.write(before === undefined ? benchTables(run) : compareRuns(before, run))
if (run.leftOut.some(({ why }) => why.startsWith('FAILED'))) process.exitCode = 1
