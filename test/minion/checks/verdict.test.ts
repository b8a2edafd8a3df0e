import { expect, it } from 'vitest'
import { verdictOf } from '../../../minion/checks/verdict.ts'
import type { CheckExpectation } from '../../../protocol/checks.ts'

const SAID = { exitCode: 0, stdout: 'one\ntwo\n', stderr: 'warned\n' }

function verdict(expected: Partial<CheckExpectation>, said: Partial<typeof SAID> = {}): string | undefined {
  return verdictOf({ exit: 0, ...expected }, { ...SAID, ...said })
}

it.each<Partial<CheckExpectation>>([
  {},
  { stdout: 'one\ntwo' },
  { stdout: '/^two$/m' },
  { stdout: '/ONE.TWO/is' },
  { stdoutContains: 'ne\nt' },
  { stderr: 'warned' },
  { stderr: '/^warn/' },
  { stdout: '/one/', stdoutContains: 'two', stderr: '/./' },
])('the expectation %j is met', expected => {
  expect(verdict(expected)).toBeUndefined()
})

it('a check can expect another exit code or empty output', () => {
  expect(verdict({ exit: 3, stdout: '' }, { exitCode: 3, stdout: '' })).toBeUndefined()
})

it.each<readonly [Partial<CheckExpectation>, string]>([
  [{ exit: 2 }, 'expected exit code 2, got 0'],
  [{ stdout: 'one' }, 'expected the stdout `one`, got `one\ntwo`'],
  [{ stdout: 'one\ntwo\n' }, 'expected the stdout `one\ntwo\n`, got `one\ntwo`'],
  [{ stdout: '/^Two/m' }, 'expected stdout to match `/^Two/m`, got `one\ntwo`'],
  [{ stdoutContains: 'three' }, 'expected `three` in its stdout, got `one\ntwo`'],
  [{ stderr: '' }, 'expected no stderr, got `warned`'],
])('the expectation %j is not met, and the message shows expected and found values', (expected, words) => {
  expect(verdict(expected)).toBe(words)
})

it('the message of a failed check says when nothing was printed and truncates long output', () => {
  expect(verdict({ stdout: 'x' }, { stdout: '' })).toBe('expected the stdout `x`, got nothing')
  expect(verdict({ stdout: 'x' }, { stdout: 'y'.repeat(500) })).toBe(
    `expected the stdout \`x\`, got \`${'y'.repeat(200)}…\``,
  )
})

it('a check with a catastrophic regular expression times out', () => {
  expect(verdict({ stdout: '/^(a+)+$/' }, { stdout: `${'a'.repeat(40)}!` })).toBe(
    'stdout could not be compared with `/^(a+)+$/` within 1000 ms',
  )
})
