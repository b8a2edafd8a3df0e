import { readFile } from 'node:fs/promises'
import { relative } from 'node:path'

/*
 * Adds up the JSON reports of vitest runs named as arguments. Prints the slowest files and tests, each failed test with the
 * beginning of its message, and finally `N passed, N failed[, N skipped]`, so that even the end of a long output shows what
 * failed. Exits with 1 when a test failed, none ran, or a run left no report.
 */

interface VitestReport {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numPendingTests: number
  readonly numTodoTests: number
  readonly testResults: readonly TestFile[]
}

interface TestFile {
  readonly name: string
  readonly status: string
  /** Error of a file that could not be loaded, or whose hook failed. */
  readonly message: string
  readonly startTime: number
  readonly endTime: number
  readonly assertionResults: readonly Assertion[]
}

interface Assertion {
  readonly fullName: string
  readonly status: string
  /** Milliseconds. */
  readonly duration?: number | null
  readonly failureMessages?: readonly string[] | null
}

const SLOWEST = 10
const MESSAGE_LINES = 6

const counts = { passed: 0, failed: 0, skipped: 0 }
const files: TestFile[] = []
let isMissing = false
for (const path of process.argv.slice(2)) {
  const text = await readFile(path, 'utf8').catch(() => '')
  if (text === '') {
    isMissing = true
    console.log(`no report: ${path}`)
    continue
  }
  const report = JSON.parse(text) as VitestReport
  files.push(...report.testResults)
  counts.passed += report.numPassedTests
  counts.failed += report.numFailedTests + report.testResults.filter(isBrokenFile).length
  counts.skipped += report.numPendingTests + report.numTodoTests
}

const slowest = files.toSorted((a, b) => seconds(b) - seconds(a)).slice(0, SLOWEST)
console.log(
  `Slowest files: ${slowest.map(file => `${relative('', file.name)} ${Math.round(seconds(file))} s`).join(', ')}`,
)
const tests = files.flatMap(({ name, assertionResults }) => {
  return assertionResults.map(({ fullName, duration }) => ({ fullName, file: name, took: (duration ?? 0) / 1000 }))
})
console.log('Slowest tests:')
for (const { fullName, file, took } of tests.toSorted((a, b) => b.took - a.took).slice(0, SLOWEST)) {
  console.log(`  ${Math.round(took)} s ${relative('', file)}: ${fullName}`)
}
for (const file of files) {
  const path = relative('', file.name)
  if (isBrokenFile(file)) console.log(`\nFailed: ${path}\n${beginning(file.message)}`)
  for (const { fullName, status, failureMessages } of file.assertionResults) {
    if (status === 'failed') console.log(`\nFailed: ${path}: ${fullName}\n${beginning(failureMessages?.[0] ?? '')}`)
  }
}
const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : ''
console.log(`\n${counts.passed} passed, ${counts.failed} failed${skipped}`)
process.exitCode = counts.failed > 0 || counts.passed === 0 || isMissing ? 1 : 0

/** True for a file that could not be loaded or whose hook failed: none of its tests failed, but it must not count as passed. */
function isBrokenFile({ status, assertionResults }: TestFile): boolean {
  return status === 'failed' && !assertionResults.some(one => one.status === 'failed')
}

function seconds({ startTime, endTime }: TestFile): number {
  return (endTime - startTime) / 1000
}

function beginning(message: string): string {
  const text = message.trim() === '' ? 'a hook failed; its message stands above, with the output of the run' : message
  const own = text.split('\n').filter(line => !/^ +at .*(node_modules|<anonymous>|node:internal)/.test(line))
  const lines = own.slice(0, MESSAGE_LINES)
  return lines.map(line => `  ${line.slice(0, 300)}`).join('\n')
}
