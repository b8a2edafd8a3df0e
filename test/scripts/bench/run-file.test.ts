import { expect, it } from 'vitest'
import { compareRuns } from '../../../scripts/bench/compare.ts'
import { inTurns } from '../../../scripts/bench/in-turns.ts'
import { type Measured, measuredRow } from '../../../scripts/bench/measured-row.ts'
import { readRun } from '../../../scripts/bench/read-run.ts'
import type { BenchRun, Row } from '../../../scripts/bench/row.ts'
import { benchTables } from '../../../scripts/bench/table.ts'

const ENGINE: Measured = {
  section: 'nothing-to-do',
  name: 'engine',
  n: 1000,
  unit: 's',
  values: [0.2, 0.3, 0.9],
  floor: { name: 'sha256sum', values: [0.1, 0.1, 0.1] },
}

function runOf(...rows: readonly Row[]): BenchRun {
  const machine = { cpus: 2, model: 'a processor', memoryMiB: 4096, kernel: '6.1', node: 'v24.0.0' }
  return { format: 1, short: false, machine, rows, leftOut: [] }
}

it('the bench runs a work, its floor and its peers in turns, after a round that does not count', async () => {
  const order: string[] = []
  const act = (name: string) => () => Promise.resolve(order.push(name))

  const results = await inTurns({ turns: 2, warmUps: 1 }, { saltern: act('saltern'), floor: act('floor') })

  expect(order).toEqual(['saltern', 'floor', 'saltern', 'floor', 'saltern', 'floor'])
  expect(results).toEqual({ saltern: [3, 5], floor: [4, 6] })
})

it('a row of the bench has the medians, and the median of the ratios turn by turn', () => {
  const row = measuredRow({
    ...ENGINE,
    floor: { name: 'sha256sum', values: [0.1, 0.3, 0.3] },
    peers: { CFEngine: [2, 1, 3] },
  })

  expect(row).toMatchObject({ value: 0.3, low: 0.2, high: 0.9, turns: 3, ratio: 2, peers: { CFEngine: 2 } })
  expect(row.floor).toEqual({ name: 'sha256sum', value: 0.3 })
})

it('a row without a floor, or with one of 0, has no ratio, and its goal says that nothing was compared', () => {
  const { floor: _floor, ...bare } = ENGINE

  expect(measuredRow(bare)).toMatchObject({ floor: null, ratio: null, goal: { met: null } })
  expect(measuredRow({ ...ENGINE, floor: { name: 'sha256sum', values: [0, 0, 0] } }).ratio).toBeNull()
})

it('a goal is met by the ratio, by the value, or by being below a peer', () => {
  const cpu = { ...ENGINE, name: 'CPU of the whole command' }

  expect(measuredRow(ENGINE).goal).toEqual({ text: 'at most 3 x the floor', met: true })
  expect(measuredRow({ ...ENGINE, values: [0.4, 0.4, 0.4] }).goal?.met).toBe(false)
  expect(measuredRow({ ...ENGINE, name: 'whole command' }).goal).toEqual({ text: 'at most 0.5 s', met: true })
  expect(measuredRow({ ...ENGINE, name: 'whole command', n: 10_000 }).goal).toBeNull()
  expect(measuredRow({ ...cpu, peers: { CFEngine: [1, 1, 1] } }).goal).toEqual({ text: 'below CFEngine', met: true })
  expect(measuredRow({ ...cpu, peers: { Puppet: [1, 1, 1] } }).goal?.met).toBeNull()
})

it('a run is shown as a table for each section, and what was not measured is named with the reason', () => {
  const row = measuredRow({ ...ENGINE, peers: { CFEngine: [1.5, 1.5, 1.5] } })
  const leftOut = [{ section: 'services', what: 'the section', why: 'systemd does not run here' }]

  expect(benchTables({ rows: [row], leftOut })).toBe(`### nothing-to-do

| n | row | value | floor | ratio | peers | goal |
|---:|---|---:|---|---:|---|---|
| 1,000 | engine | 0.3 s | sha256sum: 0.1 s | 3 x | CFEngine 1.5 s | at most 3 x the floor: met |

### Not measured

- services: the section (systemd does not run here)
`)
})

it('two runs are compared by their ratios where both have one, else by their values', () => {
  const { floor: _floor, ...bare } = { ...ENGINE, name: 'memory' }
  const before = runOf(measuredRow(ENGINE), measuredRow(bare), measuredRow({ ...ENGINE, n: 7 }))
  // Twice as slow a machine: the ratio is half, although the value is the same.
  const after = runOf(
    measuredRow({ ...ENGINE, floor: { name: 'sha256sum', values: [0.2, 0.2, 0.2] } }),
    measuredRow({ ...bare, values: [0.45, 0.45, 0.45] }),
    measuredRow({ ...ENGINE, n: 8 }),
  )

  expect(compareRuns(before, after)).toBe(`| section | row | n | before | after | change |
|---|---|---:|---|---|---:|
| nothing-to-do | engine | 1,000 | 0.3 s (3 x) | 0.3 s (1.5 x) | -50 % of the ratio |
| nothing-to-do | memory | 1,000 | 0.3 s | 0.45 s | +50 % |
| nothing-to-do | engine | 7 | 0.3 s (3 x) | - | - |
| nothing-to-do | engine | 8 | - | 0.3 s (3 x) | - |
`)
})

it('a run that was printed as JSON is read again, and anything else is refused by name', () => {
  const run = runOf(measuredRow(ENGINE))

  expect(readRun(JSON.stringify(run), 'old.json')).toEqual(run)
  expect(() => readRun('{"format":2}', 'old.json')).toThrow('old.json is not a run that')
  expect(() => readRun('no json', 'old.json')).toThrow('old.json is not a run that')
})
