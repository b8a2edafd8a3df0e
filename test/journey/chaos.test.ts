import { spawnSync } from 'node:child_process'
import { dirname } from 'node:path'
import { expect, it } from 'vitest'
import { FAULTS } from '../../scripts/chaos/faults.ts'
import { linesTypedBy } from '../house/command-blocks.ts'
import { PROJECT } from './scene.ts'

const [each = '', one = ''] = linesTypedBy('test/journey/chaos.test.ts', 'docs/development.md')

/** Types a line in the project. Gives how often each fault was played while a run was open, and everything that was printed. */
function typed(line: string): {
  readonly times: ReadonlyMap<string, number>
  readonly leftOut: string
  readonly all: string
} {
  const env = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}` }
  const { status, stdout, stderr } = spawnSync('sh', ['-c', line], { cwd: PROJECT, env, encoding: 'utf8' })
  const all = stdout + stderr
  expect(status, all).toBe(0)
  const rows = [...stdout.matchAll(/^\| (\S+) \| (\d+) \| \d+ \| [^|]* \| (\d+) \|$/gm)]
  expect(
    rows.map(([, fault, , broken]) => `${fault} ${broken}`).filter(row => !row.endsWith(' 0')),
    all,
  ).toEqual([])
  const times = new Map(rows.map(([, fault = '', count]) => [fault, Number(count)]))
  times.delete('all')
  const [, leftOut = ''] = /^Left out, they need root: (.*)\.$/m.exec(stdout) ?? []
  return { times, leftOut, all }
}

it('after each injected fault every run has an outcome, every report arrives once, and no older content is applied', () => {
  const { times, leftOut, all } = typed(each)
  const expected = FAULTS.map(({ name }) => name).filter(name => !leftOut.split(', ').includes(name))

  expect([...times.keys()].toSorted(), all).toEqual(expected.toSorted())
  expect(
    [...times.values()].every(count => count === 1),
    all,
  ).toBe(true)
}, 300_000)

it('one fault of a seed can be played alone, several times', () => {
  const { times, all } = typed(one)

  expect([...times], all).toEqual([['minion-killed', 3]])
}, 300_000)
