import { formatPosition } from '../../../../protocol/source.ts'
import type { LeftOutMinion } from '../../../jobs/results.ts'
import { MOST_FAILED, minionCount, namesText } from '../minion-names.ts'
import { checksText, countsText } from '../outcome.ts'
import { problemsKey } from '../own-id.ts'
import type { ShownRun } from '../result/shown-run.ts'
import { groupStates, type StateGroup } from '../result/state-groups.ts'
import { duration } from '../time.ts'
import { code, fenced, markdownText, type Section } from './markdown-text.ts'
import { isRootFailure, isUnexplained, problemLines, runKey, type Summary, sumOf } from './summary.ts'

/** The comment on a pull request is to be read: rows and lines of one state above these are left out. */
const MOST_ROWS = 40
const MOST_DIFF_LINES = 60

/** A result as a comment on a pull request: a sum, a table of minions, failures, and what changed to be opened. Pure. */
export function renderMarkdown(summary: Summary): string {
  const { runs, job, revision, leftOut, waiting, warnings } = summary
  const more = ['master report', ...(job === undefined ? [] : [job])].join(' ')
  const failed = groupStates(runs, isRootFailure, 'short')
  const changed = groupStates(runs, ({ outcome }) => outcome === 'changed', 'short')
  const would = groupStates(runs, ({ outcome }) => outcome === 'would-change' || outcome === 'may-change', 'short')
  const folded = (title: string, groups: readonly StateGroup[]): Section => {
    return {
      title: `${groups.length} ${groups.length === 1 ? 'state' : 'states'} ${title}`,
      folded: true,
      blocks: groups.map(stateBlock),
    }
  }
  const failures = [
    ...failed.map(stateBlock),
    ...checkBlocks(runs),
    ...runBlocks(runs),
    ...undoneBlocks(leftOut, 'left out'),
    ...undoneBlocks(waiting, 'waiting'),
  ]
  const sections: readonly Section[] = [
    { title: 'Failures', folded: false, blocks: failures },
    { title: 'Warnings', folded: false, blocks: warnings.map(({ message }) => `- ${code(message)}`) },
    folded('changed', changed),
    folded('would change or may change', would),
  ]
  const foot = [
    ...(job === undefined ? [] : [`Job ${code(job)}`]),
    ...(revision === undefined ? [] : [`fleet ${code(revision.slice(0, 12))}`]),
    `details: ${code(more)}`,
  ]
  return markdownText([`### ${headOf(summary)}`, sumOf(summary), tableOf(summary)], sections, foot.join(', '), more)
}

function headOf({ verb, runs, offline, leftOut, waiting }: Summary): string {
  const all = runs.length + offline.length + leftOut.length + waiting.length
  const failed =
    runs.filter(({ state }) => state !== 'done').length + leftOut.length + (verb === 'apply' ? waiting.length : 0)
  const ended = failed === 0 ? 'nothing failed' : `${failed} failed`
  return `\`master ${verb}\` on ${minionCount(all)}: ${ended}${offline.length === 0 ? '' : `, ${offline.length} offline`}`
}

interface Row {
  readonly minions: readonly string[]
  readonly cells: readonly string[]
  readonly isFine: boolean
}

function tableOf({ runs, offline, leftOut, waiting }: Summary): string {
  const grouped = Map.groupBy(runs, run => JSON.stringify([run.state, wordsOf(run)]))
  const names = (minions: readonly { readonly minion: string }[]) => minions.map(({ minion }) => minion)
  const silent = (minions: readonly { readonly minion: string }[], word: string): readonly Row[] => {
    return minions.length === 0 ? [] : [{ minions: names(minions), cells: [word, '', ''], isFine: false }]
  }
  const rows: readonly Row[] = [
    ...[...grouped.values()].map(rowOf),
    ...silent(leftOut, 'left out'),
    ...silent(waiting, 'waiting'),
    ...silent(offline, 'offline'),
  ]
  const sorted = [...rows.filter(({ isFine }) => !isFine), ...rows.filter(({ isFine }) => isFine)]
  const lines = sorted
    .slice(0, MOST_ROWS)
    .map(({ minions, cells }) => `| ${[namesText(minions), ...cells].join(' | ')} |`)
  const left = sorted.length - lines.length
  const rest = left === 0 ? [] : [`| and ${left} more rows | | | |`]
  return lines.length === 0
    ? ''
    : ['| minion | result | states | time |', '|---|---|---|---|', ...lines, ...rest].join('\n')
}

function rowOf(runs: readonly ShownRun[]): Row {
  const [first] = runs
  if (first === undefined) throw new TypeError('a row of nobody')
  const longest = runs.reduce((most, { durationMs = 0 }) => Math.max(most, durationMs), 0)
  const time = runs.every(({ durationMs }) => durationMs === undefined) ? '' : duration(longest)
  return {
    minions: runs.map(({ minion }) => minion),
    cells: [first.state, wordsOf(first), time],
    isFine: first.state === 'done',
  }
}

function wordsOf({ counts, checks, test }: ShownRun): string {
  return counts === undefined ? '' : `${countsText(counts, test)}${checksText(checks)}`
}

function stateBlock({ first, minions, ownIds, variants }: StateGroup): string {
  const [most] = variants
  const { problem, actions = [], note, diff } = most?.result ?? {}
  const others = minions.length - (most?.minions.length ?? 0)
  const [source] = first.declaredAt
  const place = source === undefined ? '' : `, ${code(formatPosition(source))}`
  const lines = diff?.trimEnd().split('\n') ?? []
  const cut = lines.length > MOST_DIFF_LINES ? [`... and ${lines.length - MOST_DIFF_LINES} more lines`] : []
  return [
    `**${code(`${first.type} ${first.id}`)}** ${first.outcome} on ${namesText(minions)}${ownIds || most?.ownIds === true ? ', each with its own id' : ''}${place}`,
    ...(problem === undefined ? [] : [fenced(problemLines(problem).join('\n'), 'text')]),
    ...(note === undefined ? [] : [fenced(note, 'text')]),
    ...(actions.length === 0 ? [] : [fenced(actions.map(({ summary }) => summary).join('\n'), 'text')]),
    ...(lines.length === 0 ? [] : [fenced([...lines.slice(0, MOST_DIFF_LINES), ...cut].join('\n'), 'diff')]),
    ...(others === 0 ? [] : [`${others} of them differ in details.`]),
  ].join('\n\n')
}

function checkBlocks(runs: readonly ShownRun[]): readonly string[] {
  const failed = runs.flatMap(({ minion, checks }) => {
    return checks.flatMap(check => (check.outcome === 'failed' ? [{ minion, check }] : []))
  })
  return [...Map.groupBy(failed, ({ check }) => check.key)].map(([key, group]) => {
    const problem = group[0]?.check.problem
    const head = `**${code(`check ${key}`)}** failed on ${namesText(
      group.map(({ minion }) => minion),
      MOST_FAILED,
    )}`
    return problem === undefined ? head : `${head}\n\n${fenced(problemLines(problem).join('\n'), 'text')}`
  })
}

/** Runs that came to nothing as a whole. */
function runBlocks(runs: readonly ShownRun[]): readonly string[] {
  const failed = runs.filter(isUnexplained)
  return [...Map.groupBy(failed, runKey).values()].map(group => {
    const [{ state, problem } = { state: 'failed', problem: undefined }] = group
    const head = `**run ${state}** on ${namesText(
      group.map(({ minion }) => minion),
      MOST_FAILED,
    )}`
    return problem === undefined ? head : `${head}\n\n${fenced(problemLines(problem).join('\n'), 'text')}`
  })
}

function undoneBlocks(minions: readonly LeftOutMinion[], word: string): readonly string[] {
  const groups = Map.groupBy(minions, ({ minion, problems }) => problemsKey(problems, minion))
  return [...groups.values()].map(group => {
    const problems = group[0]?.problems ?? []
    const text = problems.flatMap(problem => [
      ...problemLines(problem),
      ...(problem.source === undefined ? [] : [`  --> ${formatPosition(problem.source)}`]),
    ])
    return `**${word}** ${namesText(
      group.map(({ minion }) => minion),
      MOST_FAILED,
    )}\n\n${fenced(text.join('\n'), 'text')}`
  })
}
