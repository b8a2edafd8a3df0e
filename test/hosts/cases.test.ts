import { readdirSync, readFileSync } from 'node:fs'
import { access, cp, mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import type { ApplyResult } from '../../master/jobs/results.ts'
import type { LabHost } from './lab/host.ts'
import { type LabFleet, MASTER, openLabFleet } from './lab-fleet.ts'

/** The expected outcome of one folder of `cases`, stored beside its states.yml. Shell lines run with `set -eu`. */
interface Case {
  /** Runs on the minion's host before the first apply. */
  readonly before?: string
  /** Runs in the directory of the role on the master. */
  readonly master?: string
  /** Number of applies; undefined: one, and a second one with `again`. */
  readonly runs?: 0
  /** Outcome and code by id, of the first and the second apply. */
  readonly want?: { readonly [id: string]: string }
  readonly again?: { readonly [id: string]: string }
  /** The code with which the apply is refused. */
  readonly problem?: string
  /** Texts that the output of the first apply must contain. */
  readonly says?: readonly string[]
  /** Must succeed on the minion's host at the end. */
  readonly after?: string
  /** Must succeed on the master at the end. */
  readonly ask?: string
  /** The test that covers this case instead; here it would take half an hour. */
  readonly elsewhere?: string
}

const CASES = join(import.meta.dirname, 'cases')
const PROJECT = join(import.meta.dirname, '../..')
const names = readdirSync(CASES, { withFileTypes: true }).flatMap(entry => (entry.isDirectory() ? [entry.name] : []))

let fleet: LabFleet
let host: LabHost

beforeAll(async () => {
  fleet = await openLabFleet({
    members: ['case1'],
    level: 'staging',
    files: {
      'inventory.yml': 'case1: {roles: [probe], level: staging}\n',
      'roles/probe/states.yml': '',
    },
    secrets: {},
    log: line => console.log(`cases: ${line}`),
  })
  host = fleet.host('case1')
  await host.writeFile('/root/packages.sh', await readFile(join(CASES, 'packages.sh'), 'utf8'))
  await shell(host, 'sh /root/packages.sh')
})

afterAll(async () => {
  await fleet?.close()
})

function shell(on: LabHost, lines: string): Promise<string> {
  return on.must(['bash', '-euc', lines], { timeoutMs: 120_000 })
}

/** Copies the case over the role `probe`, byte for byte. */
async function lay(name: string, lines: string | undefined): Promise<void> {
  const role = `${MASTER.fleet}/roles/probe`
  const outside = join(fleet.master.root, role)
  await rm(outside, { recursive: true, force: true })
  await mkdir(outside, { recursive: true })
  await cp(join(CASES, name, 'states.yml'), join(outside, 'states.yml'))
  if (lines !== undefined) await shell(fleet.master, `cd ${role}\n${lines}`)
}

/** Applies the role. `found` contains every requested id, because results leave out unchanged states. */
async function apply(
  ids: readonly string[],
): Promise<{ readonly stdout: string; readonly found: { readonly [id: string]: string } }> {
  const { stdout, stderr } = await fleet.run(['--json', 'apply', 'case1'])
  const { runs = [] } = stdout === '' ? {} : (JSON.parse(stdout) as Partial<ApplyResult>)
  const results = runs.flatMap(run => run.results ?? [])
  const words = results.map(({ id, outcome, problem }) => [id, [outcome, problem?.code].filter(Boolean).join(' ')])
  const known = new Map(words as [string, string][])
  const otherwise = runs.length === 1 && runs[0]?.results !== undefined ? 'unchanged' : 'not applied'
  return { stdout: stdout + stderr, found: Object.fromEntries(ids.map(id => [id, known.get(id) ?? otherwise])) }
}

test.each(names)('the case %s, an input that other tools handle wrongly, gives the expected outcome', async name => {
  const one = parse(readFileSync(join(CASES, name, 'case.yml'), 'utf8')) as Case
  if (one.elsewhere !== undefined) return await access(join(PROJECT, one.elsewhere))
  await lay(name, one.master)
  if (one.before !== undefined) await shell(host, one.before)

  if (one.runs !== 0) {
    const first = await apply(Object.keys(one.want ?? {}))
    if (one.want !== undefined) expect(first).toMatchObject({ found: one.want })
    if (one.problem !== undefined) expect(first.stdout).toContain(`"${one.problem}"`)
    for (const text of one.says ?? []) expect(first.stdout).toContain(text)
  }
  if (one.again !== undefined) expect(await apply(Object.keys(one.again))).toMatchObject({ found: one.again })
  if (one.after !== undefined) await shell(host, one.after)
  if (one.ask !== undefined) await shell(fleet.master, one.ask)
})
