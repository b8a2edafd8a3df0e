import type { CheckResult } from '../../../../protocol/checks.ts'
import type { StateResult } from '../../../../protocol/report.ts'
import { formatPosition } from '../../../../protocol/source.ts'
import { type Case, junitXml, type Suite } from '../../../compliance/format/junit-xml.ts'
import type { LeftOutMinion } from '../../../jobs/results.ts'
import type { ShownRun } from '../result/shown-run.ts'
import { isRootFailure, isUnexplained, problemLines, type Summary } from './summary.ts'

/**
 * A suite for each minion, a case for each of its states and checks. What went wrong itself is a failure; what did not run because
 * of it is skipped; a minion that could not be looked at is an error. Pure.
 */
export function renderJunit(summary: Summary): string {
  const { verb, runs, offline, leftOut, waiting } = summary
  return junitXml(`master ${verb}`, [
    ...runs.map(suiteOf),
    ...leftOut.map(one => undoneSuite(one, 'left out')),
    ...waiting.map(one => undoneSuite(one, 'waiting')),
    ...offline.map(({ minion, since }) => {
      const message = since === undefined ? 'never connected' : `offline since ${since}`
      return suite(minion, [{ className: `${minion}.link`, name: 'link', result: 'error', type: 'offline', message }])
    }),
  ])
}

function suiteOf(run: ShownRun): Suite {
  const { minion, results, checks, durationMs } = run
  const states = new Map<string, StateResult>()
  // A state that changed in two rounds is one case; one that failed in any has failed.
  for (const result of results) {
    const before = states.get(result.key)
    if (before === undefined || !isRootFailure(before)) states.set(result.key, result)
  }
  const cases: Case[] = [
    ...[...states.values()].map(result => stateCase(minion, result)),
    ...checks.map(check => checkCase(minion, check)),
  ]
  if (isUnexplained(run)) cases.push(failedRun(run))
  // A suite without cases is left out, and with it the minion.
  else if (cases.length === 0) cases.push({ className: `${minion}.run`, name: 'run', result: 'passed' })
  const at = results[0]?.startedAt
  return {
    ...suite(minion, cases),
    ...(durationMs === undefined ? {} : { timeMs: durationMs }),
    ...(at === undefined ? {} : { timestamp: at.slice(0, 19) }),
  }
}

function suite(minion: string, cases: readonly Case[]): Suite {
  return { name: minion, hostname: minion, cases }
}

function stateCase(minion: string, result: StateResult): Case {
  const { role, type, id, outcome, durationMs, problem, note, actions, diff, output } = result
  const [source] = result.declaredAt
  const did = [...actions.map(({ summary }) => summary), ...(diff === undefined ? [] : [diff.trimEnd()])]
  const said = output === undefined ? [] : [output.trimEnd()]
  const one = {
    className: `${minion}.${role}`,
    name: `${type} ${id}`,
    timeMs: durationMs,
    ...(source === undefined ? {} : { source }),
  }
  if (isRootFailure(result)) {
    const place = result.declaredAt.map(formatPosition)
    const text = [...(problem === undefined ? [] : problemLines(problem)), ...place, ...did, ...said].join('\n')
    return {
      ...one,
      result: 'failed',
      type: problem?.code ?? outcome,
      message: problem?.message ?? note ?? outcome,
      text,
    }
  }
  if (outcome === 'skipped' || outcome === 'blocked' || outcome === 'not-run') {
    return { ...one, result: 'skipped', message: note === undefined ? outcome : `${outcome}: ${note}` }
  }
  if (outcome === 'unchanged') return { ...one, result: 'passed' }
  return {
    ...one,
    result: 'passed',
    output: [outcome, ...(note === undefined ? [] : [note]), ...did, ...said].join('\n'),
  }
}

function checkCase(minion: string, { key, outcome, durationMs, problem }: CheckResult): Case {
  const one = { className: `${minion}.check`, name: key, timeMs: durationMs }
  if (outcome === 'passed') return { ...one, result: 'passed' }
  if (outcome !== 'failed') return { ...one, result: 'skipped', message: outcome }
  const text = problem === undefined ? '' : problemLines(problem).join('\n')
  return { ...one, result: 'failed', type: problem?.code ?? outcome, message: problem?.message ?? outcome, text }
}

/** A run that came to nothing as a whole. */
function failedRun({ minion, state, problem }: ShownRun): Case {
  const text = problem === undefined ? '' : problemLines(problem).join('\n')
  const message = problem?.message ?? `the run is ${state}`
  return { className: `${minion}.run`, name: 'run', result: 'failed', type: problem?.code ?? state, message, text }
}

function undoneSuite({ minion, problems }: LeftOutMinion, word: string): Suite {
  const cases = problems.map((problem, at): Case => {
    const { code, message, source } = problem
    return {
      className: `${minion}.catalog`,
      name: `${word} ${at + 1}`,
      result: 'error',
      type: code,
      message,
      text: problemLines(problem).join('\n'),
      ...(source === undefined ? {} : { source }),
    }
  })
  return suite(minion, cases)
}
