import { readFile } from 'node:fs/promises'

/*
 * Adds up the JSON reports of vitest runs named as arguments, and prints `N passed, N failed[, N skipped]`.
 * Exit code 1 when a test failed, when none ran, or when a run left no report.
 */

interface VitestReport {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numPendingTests: number
  readonly numTodoTests: number
  readonly testResults: readonly { readonly status: string; readonly assertionResults: readonly unknown[] }[]
}

const counts = { passed: 0, failed: 0, skipped: 0 }
let isMissing = false
for (const path of process.argv.slice(2)) {
  const text = await readFile(path, 'utf8').catch(() => '')
  if (text === '') {
    isMissing = true
    continue
  }
  const report = JSON.parse(text) as VitestReport
  // A file that could not even be loaded has no tests to count, and must not look like none failed.
  const unloaded = report.testResults.filter(file => file.status === 'failed' && file.assertionResults.length === 0)
  counts.passed += report.numPassedTests
  counts.failed += report.numFailedTests + unloaded.length
  counts.skipped += report.numPendingTests + report.numTodoTests
}
const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : ''
console.log(`${counts.passed} passed, ${counts.failed} failed${skipped}`)
process.exitCode = counts.failed > 0 || counts.passed === 0 || isMissing ? 1 : 0
