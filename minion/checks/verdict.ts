import { createContext, runInContext } from 'node:vm'
import { type CheckExpectation, patternOf } from '../../protocol/checks.ts'
import type { ProgramResult } from '../../states/system.ts'

/** A pattern from an operator can take forever on a program's output; it must not block the agent. */
const PATTERN_MS = 1000

/** Explains what was expected and what was found; undefined when everything matches. */
export function verdictOf(expect: CheckExpectation, { exitCode, stdout, stderr }: ProgramResult): string | undefined {
  if (exitCode !== expect.exit) return `expected exit code ${expect.exit}, got ${exitCode}`
  const out = differs('stdout', expect.stdout, stdout)
  if (out !== undefined) return out
  if (expect.stdoutContains !== undefined && !stdout.includes(expect.stdoutContains)) {
    return `expected \`${expect.stdoutContains}\` in its stdout, got ${quoted(stdout)}`
  }
  return differs('stderr', expect.stderr, stderr)
}

function differs(what: string, expected: string | undefined, said: string): string | undefined {
  if (expected === undefined) return undefined
  const text = said.replace(/\n$/, '')
  const pattern = patternOf(expected)
  if (pattern === undefined) {
    const wanted = expected === '' ? `no ${what}` : `the ${what} \`${expected}\``
    return text === expected ? undefined : `expected ${wanted}, got ${quoted(text)}`
  }
  const matches = test(new RegExp(pattern.source, pattern.flags), text)
  if (matches === true) return undefined
  return matches === undefined
    ? `${what} could not be compared with \`${expected}\` within ${PATTERN_MS} ms`
    : `expected ${what} to match \`${expected}\`, got ${quoted(text)}`
}

/** undefined on timeout. */
function test(pattern: RegExp, text: string): boolean | undefined {
  try {
    return runInContext('pattern.test(text)', createContext({ pattern, text }), { timeout: PATTERN_MS }) as boolean
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return undefined
    throw error
  }
}

/** Shortens a text to what fits into one line. */
function quoted(text: string): string {
  const line = text.trim()
  if (line === '') return 'nothing'
  return `\`${line.length > 200 ? `${line.slice(0, 200)}…` : line}\``
}
