import type { Catalog } from '../../protocol/catalog.ts'
import { type CatalogCheck, CHECK_INTERVAL, CHECK_RETRIES, type CheckResult } from '../../protocol/checks.ts'
import { type Problem, problemsOf } from '../../protocol/errors.ts'
import type { StateKey } from '../../protocol/ids.ts'
import type { Json } from '../../protocol/json.ts'
import type { CheckOutcome } from '../../protocol/outcomes.ts'
import type { StateResult } from '../../protocol/report.ts'
import type { MaybeSecret } from '../../protocol/secret.ts'
import type { ProgramResult } from '../../states/system.ts'
import { type Secrets, slotOpener } from '../apply/slots.ts'
import { tailOf } from '../system/program-output.ts'
import type { SpawnOptions } from '../system/spawn.ts'
import { verdictOf } from './verdict.ts'

export interface CheckDeps {
  readonly spawn: (argv: readonly string[], options: SpawnOptions) => Promise<ProgramResult>
  readonly now: () => number
  /** Waits; ends early when the signal is aborted. Never throws. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>
  /** Redacts secret values in texts. */
  readonly scrub: <T>(value: T) => T
}

export interface CheckOptions {
  readonly catalog: Catalog
  readonly secrets: Secrets
  readonly test: boolean
  readonly cancelled: AbortSignal
  /** Results of the states before. */
  readonly results: readonly StateResult[]
}

/** Maximum characters of a program's output in a report. */
const TOLD = 2000

/**
 * Runs all checks of a catalog after its states, one at a time, each with a time limit and in its own process group. If the run
 * ended before its last state, the checks prove nothing and are `not-run`.
 */
export async function runChecks(deps: CheckDeps, options: CheckOptions): Promise<readonly CheckResult[]> {
  const { catalog, results, cancelled } = options
  const cutShort = results.some(({ outcome }) => outcome === 'not-run')
  const done: CheckResult[] = []
  for (const check of catalog.checks ?? []) {
    const skip = cutShort || cancelled.aborted
    done.push(skip ? { key: check.key, outcome: 'not-run', durationMs: 0 } : await runCheck(deps, options, check))
  }
  return done
}

async function runCheck(deps: CheckDeps, options: CheckOptions, check: CatalogCheck): Promise<CheckResult> {
  const startedAt = deps.now()
  let problem = await problemOf(deps, options, check)
  // Waiting does not make a missing program appear: all states have run.
  const mayPass = (): boolean => problem !== undefined && problem.code !== 'PROGRAM_MISSING'
  for (let left = retriesOf(check, options); mayPass() && left > 0; left--) {
    await deps.pause((check.interval ?? CHECK_INTERVAL) * 1000, options.cancelled)
    if (options.cancelled.aborted) break
    problem = await problemOf(deps, options, check)
  }
  const outcome = outcomeOf(problem, check, options)
  const durationMs = Math.round(deps.now() - startedAt)
  const told = problem === undefined || outcome === 'not-run' ? {} : { problem: deps.scrub(problem) }
  return { key: check.key, outcome, durationMs, ...told }
}

/** A dry run has started nothing that needs time, and a failure that proves nothing is not worth a retry. Pure. */
function retriesOf({ retries, after }: CatalogCheck, { test, results }: CheckOptions): number {
  if (test && stillChanges(after, results)) return 0
  if (retries !== undefined) return retries
  return !test && results.some(({ outcome }) => outcome === 'changed') ? CHECK_RETRIES : 0
}

function outcomeOf(problem: Problem | undefined, { after }: CatalogCheck, options: CheckOptions): CheckOutcome {
  if (problem === undefined) return 'passed'
  if (options.cancelled.aborted) return 'not-run'
  return options.test && stillChanges(after, options.results) ? 'may-change' : 'failed'
}

/** True when a dependency of a check has not converged yet, so that a failure proves nothing. Pure. */
function stillChanges(after: readonly StateKey[], results: readonly StateResult[]): boolean {
  const dependencies = new Set(after)
  return results.some(
    ({ key, outcome }) => dependencies.has(key) && (outcome === 'would-change' || outcome === 'may-change'),
  )
}

async function problemOf(deps: CheckDeps, options: CheckOptions, check: CatalogCheck): Promise<Problem | undefined> {
  const { run, user, timeout, expect, declaredAt: source } = check
  try {
    const { stdin, env } = openInputs(options, check)
    const limits = { timeoutMs: timeout * 1000, signal: options.cancelled }
    const result = await deps.spawn(run, { user, stdin, env, ...limits })
    const verdict = verdictOf(expect, result)
    if (verdict === undefined) return undefined
    const said = tailOf(`${result.stdout}\n${result.stderr}`.trim(), TOLD)
    const output = said.includes('\n') ? `; its output:\n${said}` : `; its output: ${said}`
    const message = `\`${run.join(' ')}\`: ${verdict}${said === '' || verdict.includes(said) ? '' : output}`
    return { code: 'CHECK_FAILED', message, hint: 'Run it on the host to see more.', source }
  } catch (error) {
    const [problem] = problemsOf(error)
    if (problem.code !== 'PROGRAM_TIMEOUT') return { ...problem, source }
    return { ...problem, hint: 'Give the check more time: `timeout: 120`.', source }
  }
}

function openInputs(
  { catalog, secrets }: CheckOptions,
  { stdin, env = {} }: CatalogCheck,
): { readonly stdin: MaybeSecret | undefined; readonly env: { readonly [name: string]: MaybeSecret } } {
  const open = slotOpener(catalog, secrets)
  const textOf = (value: Json): MaybeSecret => (typeof value === 'string' ? value : open(value))
  return {
    stdin: stdin === undefined ? undefined : textOf(stdin),
    env: Object.fromEntries(Object.entries(env).map(([name, value]) => [name, textOf(value)])),
  }
}
