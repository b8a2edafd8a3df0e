import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { FAULTS } from './chaos/faults.ts'
import { playLoop } from './chaos/loop.ts'
import { chaosTable } from './chaos/table.ts'

const HELP = `Usage: node scripts/chaos.ts [--seed N] [--rounds N] [--only FAULT]... [--short]

Starts a master and two minions on loopback, and hurts them while a run is open: each fault of a fixed list, N times
(10 unless told). The order and the moments follow from the seed, which is printed first. Checks that every run gets an
outcome, that no report is lost or stored twice, and that no older content replaces newer. Exit code 1 if not.

--short keeps every outage below a second; else one in five lasts longer than two heartbeats.

Faults: ${FAULTS.map(({ name }) => name).join(', ')}.
Those on disks need root.
`

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    rounds: { type: 'string', default: '10' },
    only: { type: 'string', multiple: true, default: [] },
    short: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) {
  process.stdout.write(HELP)
  process.exit(0)
}
const seed = values.seed === undefined ? Date.now() % 1_000_000 : Number(values.seed)
const rounds = Number(values.rounds)
const unknown = values.only.filter(name => !FAULTS.some(fault => fault.name === name))
if (!Number.isSafeInteger(seed) || !Number.isSafeInteger(rounds) || rounds < 1 || unknown.length > 0) {
  process.stderr.write(
    `chaos: --seed and --rounds take whole numbers, --only a fault of the list; found ${JSON.stringify(process.argv.slice(2).join(' '))}\n\n${HELP}`,
  )
  process.exit(2)
}

// As in the tests, so that its processes need not strip types again at each start.
process.env['NODE_COMPILE_CACHE'] ??= join(import.meta.dirname, '../node_modules/.cache/compile')
const say = (line: string): void => void process.stdout.write(`${line}\n`)
const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => stop.abort(new Error(`stopped by ${signal}`)))
}
say(`seed ${seed}`)
const began = Date.now()
try {
  const result = await playLoop({ seed, rounds, only: values.only, isShort: values.short, say, signal: stop.signal })
  if (result.leftOut.length > 0) say(`Left out, they need root: ${result.leftOut.join(', ')}.`)
  for (const text of result.broken) say(`BROKEN at the end: ${text}`)
  say(`\n${chaosTable(result)}\n\n${Math.round((Date.now() - began) / 1000)} s, seed ${seed}`)
  const broken = [...result.broken, ...result.rounds.flatMap(round => round.broken)]
  if (broken.length > 0) process.exitCode = 1
} catch (error) {
  process.stderr.write(`chaos: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
