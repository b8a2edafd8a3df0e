import { benchBlobs } from './bench/blobs.ts'
import { benchCompile } from './bench/compile.ts'
import { benchManyMinions } from './bench/many-minions.ts'
import type { Finding } from './bench/measure.ts'
import { benchNothingToDo } from './bench/nothing-to-do.ts'
import { benchProcesses } from './bench/processes.ts'
import { benchReports } from './bench/reports.ts'
import { benchSwarm } from './bench/swarm.ts'

/** Compares the budgets of the design with this machine. `scripts/bench [section...]`; nothing here fails a build. */
const SECTIONS: { readonly [name: string]: () => Promise<readonly Finding[]> } = {
  blobs: benchBlobs,
  compile: benchCompile,
  'nothing-to-do': benchNothingToDo,
  processes: benchProcesses,
  reports: benchReports,
  minions: benchManyMinions,
  swarm: benchSwarm,
}

const wanted = process.argv.slice(2)
const unknown = wanted.filter(name => !Object.hasOwn(SECTIONS, name))
if (unknown.length > 0) {
  process.stderr.write(`bench: expected ${Object.keys(SECTIONS).join(', ')}, found ${unknown.join(', ')}\n`)
  process.exit(2)
}
process.stdout.write('| what | measured | budget | |\n|---|---|---|---|\n')
for (const [name, bench] of Object.entries(SECTIONS)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue
  for (const { what, measured, budget, ok } of await bench()) {
    process.stdout.write(`| ${what} | ${measured} | ${budget} | ${ok ? 'ok' : 'above'} |\n`)
  }
}
