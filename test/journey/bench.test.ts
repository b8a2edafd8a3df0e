import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { AIMS } from '../../scripts/bench/goals.ts'
import { readRun } from '../../scripts/bench/read-run.ts'
import type { BenchRun } from '../../scripts/bench/row.ts'
import { SECTIONS } from '../../scripts/bench/sections.ts'
import { linesTypedBy } from '../house/command-blocks.ts'
import { PROJECT } from './scene.ts'

const directory = mkdtempSync(join(tmpdir(), 'saltern-bench-test-'))
const [whole = '', compared = ''] = linesTypedBy('test/journey/bench.test.ts', 'docs/benchmarks.md')
let run: BenchRun

/** Types a line of the page in the project, with its files in the directory of this test. */
function typed(line: string) {
  const env = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}` }
  const own = line.replaceAll('/tmp/', `${directory}/`)
  return spawnSync('sh', ['-c', own], { cwd: PROJECT, env, encoding: 'utf8', maxBuffer: 1e8 })
}

beforeAll(() => {
  const { status, stderr } = typed(whole)
  expect(status, stderr).toBe(0)
  const file = join(directory, 'short.json')
  run = readRun(readFileSync(file, 'utf8'), file)
}, 600_000)
afterAll(() => rmSync(directory, { recursive: true }))

it('the bench measures every section from the bundles, or says why it could not', () => {
  const seen = new Set([...run.rows, ...run.leftOut].map(({ section }) => section))

  expect([...seen]).toEqual(expect.arrayContaining(SECTIONS.map(({ section }) => section)))
  for (const { why } of run.leftOut) expect(why).not.toContain('FAILED')
})

it('each row of the bench is a number beside the number of its floor, and no row is there twice', () => {
  const keys = run.rows.map(({ section, name, n }) => `${section}, ${name}, ${n}`)

  expect(new Set(keys).size).toBe(keys.length)
  for (const { name, value, low, high, floor, ratio } of run.rows) {
    expect(value, name).toBeGreaterThanOrEqual(low)
    expect(value, name).toBeLessThanOrEqual(high)
    if (ratio !== null) expect(floor?.value, name).toBeGreaterThan(0)
  }
})

it('the bench measures a single section and compares it with an earlier run', () => {
  const { status, stdout, stderr } = typed(compared)

  expect(status, stderr).toBe(0)
  expect(stdout).toMatch(/\| start-up \| master --version \| 1 \| .* x\) \| .* x\) \| .* % of the ratio \|/)
  expect(stdout).not.toContain('| create | engine | 5 | -')
}, 300_000)

it('the bench refuses an unknown section and lists those that exist', () => {
  const { status, stderr } = typed('node scripts/bench.ts --section start')

  expect(status).toBe(2)
  expect(stderr).toContain('bench: no section start\n')
  expect(stderr).toContain('start-up, nothing-to-do')
})

it('every goal of the bench is for a row that the bench measures', () => {
  const measured = new Set([...run.rows].map(({ section, name }) => `${section}, ${name}`))
  const leftOut = new Set(run.leftOut.filter(({ what }) => what === 'the section').map(({ section }) => section))
  const aims = AIMS.filter(({ section }) => !leftOut.has(section)).map(({ section, name }) => `${section}, ${name}`)

  expect(aims.filter(aim => !measured.has(aim))).toEqual([])
})
