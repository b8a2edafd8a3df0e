import type { ApplyResult } from '../../jobs/results.ts'
import { EXIT, type ExitCode, exitOfApply } from '../exit-codes.ts'
import type { View } from '../invocation.ts'
import type { Piece } from './fold.ts'
import { namesText } from './minion-names.ts'
import { renderWarnings } from './problems.ts'
import { missedOf } from './result/recap.ts'
import { resultText } from './result/result-text.ts'
import { showOf } from './result/show.ts'
import { shownRuns } from './result/shown-run.ts'
import { type Style, safe } from './style.ts'

const NO_DETAILS = { detailed: false }

/** Renders the result of apply and test. Pure. */
export function renderApply(
  result: ApplyResult,
  style: Style,
  view: Pick<View, 'detailed' | 'show'> = NO_DETAILS,
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
      foot: [...exitFoot(exit, style), [...fleetFoot(result, style), ...detailsFoot(result.job, style)]],
    },
    showOf(view.show, 'short'),
    style,
  )
}

/** Explanations of the exit codes of an apply or test. */
const MEANINGS: { readonly [code in ExitCode]?: string } = {
  [EXIT.failed]: 'a state or run failed',
  [EXIT.wrongUse]: 'a minion was left out, since its catalog cannot be compiled or encrypted',
  [EXIT.unreachable]: 'a minion was unreachable',
  [EXIT.wouldChange]: 'there would be changes',
}

function exitFoot(code: ExitCode, { colours }: Style): readonly (readonly Piece[])[] {
  const meaning = MEANINGS[code]
  if (meaning === undefined) return []
  return [[{ text: `exit code ${code}: ${meaning}`, paint: code === EXIT.wouldChange ? colours.yellow : colours.red }]]
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
