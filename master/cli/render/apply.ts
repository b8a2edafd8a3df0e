import type { RunState } from '../../../protocol/report.ts'
import { isAboutOrphans } from '../../jobs/job-kind.ts'
import type { ApplyResult } from '../../jobs/results.ts'
import { EXIT, type ExitCode, exitOfApply } from '../exit-codes.ts'
import type { View } from '../invocation.ts'
import type { Piece } from './fold.ts'
import { minionCount, namesText } from './minion-names.ts'
import { nextFoot } from './next-command.ts'
import { renderWarnings } from './problems.ts'
import { missedOf } from './result/recap.ts'
import { resultText } from './result/result-text.ts'
import { showOf } from './result/show.ts'
import { shownRuns } from './result/shown-run.ts'
import { type Style, safe } from './style.ts'

const NO_DETAILS = { detailed: false }

/** Renders the result of apply, of test and of what was done about orphans. Pure. */
export function renderApply(
  result: ApplyResult,
  style: Style,
  view: Pick<View, 'detailed' | 'show' | 'target'> = NO_DETAILS,
  exit = exitOfApply(result, view),
): string {
  const { colours } = style
  const only = (result.contractOnly ?? []).map(({ role, minions }) => {
    return `${colours.yellow(`role ${safe(role)} is a draft`)} and was not applied to ${namesText(minions)}`
  })
  const warnings = renderWarnings(result.warnings ?? [], style).split('\n')
  return resultText(
    {
      runs: shownRuns([...(result.earlier ?? []), ...result.runs], result.totals),
      missed: result.offline.map(one => missedOf(one, style)),
      leftOut: result.leftOut ?? [],
      waiting: result.waiting ?? [],
      slowest: result.slowest ?? [],
      remarks: [...only, ...warnings].filter(line => line !== ''),
      foot: [
        ...exitFoot(exit, result, style),
        [...fleetFoot(result, style), ...detailsFoot(result.job, style)],
        ...nextFoot({ result, target: view.target }, style),
      ],
    },
    { ...showOf(view.show, 'short'), skipped: isAboutOrphans(result.verb) },
    style,
  )
}

/** Explanations of the exit codes of an apply or test. */
const MEANINGS: { readonly [code in ExitCode]?: string } = {
  [EXIT.wrongUse]: 'a minion was left out, since its catalog cannot be compiled or encrypted',
  [EXIT.unreachable]: 'a minion was unreachable',
  [EXIT.wouldChange]: 'nothing failed, and there would be changes',
}

function exitFoot(code: ExitCode, result: ApplyResult, { colours }: Style): readonly (readonly Piece[])[] {
  const meaning = code === EXIT.failed ? failedText(result) : MEANINGS[code]
  if (meaning === undefined) return []
  return [[{ text: `exit code ${code}: ${meaning}`, paint: code === EXIT.wouldChange ? colours.yellow : colours.red }]]
}

/** Counts the minions that made the exit code 1, by the state of their run. */
function failedText({ runs, earlier = [], waiting = [] }: ApplyResult): string {
  // A failure in any round counts once.
  const last = new Map([...runs, ...earlier].filter(isFailed).map(({ minion, state }) => [minion, state]))
  const [first, ...others] = [...Map.groupBy(last.values(), state => state)].map(([state, { length }]) => ({
    state,
    length,
  }))
  if (first === undefined) return `${minionCount(waiting.length)} not applied, waiting for values that others report`
  return [
    `${minionCount(first.length)} ${first.state}`,
    ...others.map(({ state, length }) => `${length} ${state}`),
  ].join(', ')
}

function isFailed({ state }: { readonly state: RunState }): boolean {
  return state === 'failed' || state === 'cancelled' || state === 'superseded'
}

function fleetFoot({ revision, git, dirty }: ApplyResult, { colours }: Style): readonly Piece[] {
  const changes = dirty === true ? ', with uncommitted changes' : ''
  const commit = git === undefined ? '' : ` (git ${safe(git.slice(0, 12))}${changes})`
  return [{ text: `fleet ${safe(revision.slice(0, 12))}${commit}`, paint: colours.dim, whole: true }]
}

/** Points to the full report of a job. Pure. */
export function detailsFoot(job: string, { colours }: Style): readonly Piece[] {
  return [{ text: `details: master report ${safe(job)}`, paint: colours.dim, whole: true }]
}
