import { expect, it } from 'vitest'
import { withRun, withSections } from '../../../scripts/bench/page.ts'
import type { BenchRun } from '../../../scripts/bench/row.ts'
import { readSource } from '../../house/source-files.ts'

const PAGE = readSource('docs/benchmarks.md')
const machine = { cpus: 2, model: 'a processor', memoryMiB: 4096, kernel: '6.1', node: 'v24.0.0' }
const run: BenchRun = { format: 1, short: false, machine, rows: [], leftOut: [] }

it('docs/benchmarks.md lists the sections and goals of the bench; else run node scripts/docs/benchmarks.ts', () => {
  expect(withSections(PAGE)).toBe(PAGE)
})

it('a run replaces the one before it on the page of the benchmarks, with the machine that it was measured on', () => {
  const once = withRun(PAGE, run)

  expect(once).toContain('Measured on 2 processors (a processor) with 4096 MiB of memory, Linux 6.1, Node v24.0.0.')
  expect(withRun(once, { ...run, machine: { ...machine, cpus: 4 } })).not.toContain('Measured on 2 processors')
})

it('a short run is not written into the page of the benchmarks', () => {
  expect(() => withRun(PAGE, { ...run, short: true })).toThrow('says nothing about speed')
})
