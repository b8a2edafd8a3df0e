import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { linesTypedBy } from '../house/command-blocks.ts'
import { copyProjectToTest } from './project-copy.ts'

const [test = '', path = '', ...others] = linesTypedBy('test/journey/contributing.test.ts', 'CONTRIBUTING.md')
let copy: string

beforeAll(() => {
  copy = copyProjectToTest({ unit: 'test/protocol/host-port.test.ts', journey: 'test/house/links.test.ts' })
})
afterAll(() => rmSync(copy, { recursive: true, force: true }))

/** Runs a line as a shell of its own: no setting of this test run reaches it. */
function typed(line: string): { readonly code: number | null; readonly out: string; readonly said: string } {
  const { HOME, PATH = '' } = process.env
  const env = { HOME, PATH: `${dirname(process.execPath)}:${PATH}`, NO_COLOR: '1' }
  const { status, stdout, stderr } = spawnSync('sh', ['-c', line], { cwd: copy, env, encoding: 'utf8' })
  return { code: status, out: stdout, said: stdout + stderr }
}

it('the set-up of CONTRIBUTING.md has no other commands than those that are typed here', () => {
  expect(others).toEqual([])
})

it('the set-up of CONTRIBUTING.md checks types and format, runs the tests, and counts them in its last line', () => {
  const { code, out, said } = typed(test)

  expect(code, said).toBe(0)
  expect(said).toMatch(/^== types: done/m)
  expect(said).toMatch(/^== lint: done/m)
  expect(said).toMatch(/^== journeys: done/m)
  expect(said).not.toContain('tests on real hosts')
  expect(out.trimEnd().split('\n').at(-1)).toMatch(/^\d+ passed, 0 failed/)
}, 300_000)

it('the set-up of CONTRIBUTING.md puts a Node that runs the project first in PATH', () => {
  const { code, said } = typed(`${path}\nnode --version\ncommand -v node`)

  expect(code, said).toBe(0)
  expect(Number(/^v(\d+)\./.exec(said)?.[1]), said).toBeGreaterThanOrEqual(24)
  expect(said).toContain(join('bin', 'node'))
})
