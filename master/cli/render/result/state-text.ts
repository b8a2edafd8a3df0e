import type { CheckOutcome, StateOutcome } from '../../../../protocol/outcomes.ts'
import { isFailure, type RunState, type StateResult } from '../../../../protocol/report.ts'
import { formatPosition } from '../../../../protocol/source.ts'
import { fold, type Piece } from '../fold.ts'
import { MOST_FAILED, namesText, someOfText } from '../minion-names.ts'
import { paintOf } from '../outcome.ts'
import { indent, renderProblems } from '../problems.ts'
import { type Style, safe } from '../style.ts'
import { duration } from '../time.ts'
import { bodyOf, paintBody, shortened } from './body.ts'
import type { BodyLine } from './body-line.ts'
import type { Show } from './show.ts'
import type { StateGroup, Variant } from './state-groups.ts'

/** Indentation of the lines below a state. */
const BODY = 6
const WORD = 12
/** Limit for the variants shown; others are counted. */
const MOST_VARIANTS = 3
const NOTABLE_MS = 1000
/** Shorter pieces, such as a time, role or position, are not broken across lines. */
const SHORT = 40

/** Said of minions whose lines differ only in their id. */
export const OWN_IDS = 'each with its own id'

/** Heading of a state or of a similar item. */
export interface Head {
  /** An outcome, or another word for its column. */
  readonly word: Piece
  readonly pieces: readonly Piece[]
  readonly minions: readonly string[]
  /** The minions of the whole result. */
  readonly all: readonly string[]
  /** True: name as many minions as there is room for, because somebody must look at each. */
  readonly everyName?: boolean
  readonly dim: readonly string[]
}

/** Renders the outcome, the name, the minions if there are several, and less important details. Pure. */
export function headLines(
  { word, pieces, minions, all, everyName = false, dim }: Head,
  style: Style,
): readonly string[] {
  const { colours } = style
  const on = onText(minions, all, everyName)
  return fold(
    [
      { ...word, text: word.text.padEnd(WORD), whole: true },
      ...pieces,
      ...(on === '' ? [] : [{ text: on, paint: colours.bold }]),
      ...dim.map((text): Piece => ({ text, paint: colours.dim, ...(text.length > SHORT ? {} : { whole: true }) })),
    ],
    style,
    { hang: WORD + 2 },
  )
}

/** Formats an outcome as the first word of a line. Pure. */
export function outcomeWord(outcome: StateOutcome | CheckOutcome | RunState, style: Style): Piece {
  return { text: outcome, paint: paintOf(outcome, style) }
}

/** Formats the minions: `on web1 and web2`, `on all 20 minions`; empty when there is only one. Pure. */
function onText(minions: readonly string[], all: readonly string[], everyName: boolean): string {
  if (all.length < 2) return ''
  return `on ${someOfText(minions, all, everyName ? MOST_FAILED : undefined)}`
}

interface Told {
  readonly all: readonly string[]
  readonly diff: Show['diff']
  /** Also shows where states are declared. */
  readonly places: boolean
}

/** Renders a state for all minions with the same outcome: its heading, its actions, and what differs between minions. Pure. */
export function stateLines(group: StateGroup, { all, diff, places }: Told, style: Style): readonly string[] {
  const { first, minions, ownIds, mostMs } = group
  const [at] = first.declaredAt
  const [word, everyName] = [outcomeWord(first.outcome, style), isFailure(first.outcome)]
  const dim = [
    ...(ownIds ? [OWN_IDS] : []),
    `role ${safe(first.role)}`,
    // Most states are too fast for their duration to matter.
    ...(mostMs < NOTABLE_MS && !places ? [] : [`${minions.length === 1 ? '' : 'up to '}${duration(mostMs)}`]),
    ...(places && at !== undefined ? [safe(formatPosition(at))] : []),
  ]
  return [
    ...headLines({ word, pieces: namePieces(first, style), minions, all, everyName, dim }, style),
    ...variantLines(group, diff, style),
  ]
}

/** Formats the name of a state: `file.managed /etc/motd`. Pure. */
function namePieces({ type, id }: Pick<StateResult, 'type' | 'id'>, { colours }: Style): readonly Piece[] {
  return [{ text: safe(type) }, { text: safe(id), paint: colours.bold, gap: ' ' }]
}

function variantLines({ ownIds, variants }: StateGroup, diff: Show['diff'], style: Style): readonly string[] {
  const [first, ...others] = variants
  if (first === undefined) return []
  const body = bodyOf(first.result, diff)
  const layout = { indent: BODY, whole: diff === 'full' }
  const whole = [...paintBody(body, layout, style), ...problemLines(first.result, style)]
  // The heading has already said it.
  if (others.length === 0 && (ownIds || !first.ownIds)) return whole
  const shown = diff === 'full' ? others : others.slice(0, MOST_VARIANTS - 1)
  const left = others.slice(shown.length).reduce((sum, { minions }) => sum + minions.length, 0)
  const label = ({ minions, ownIds: own }: Variant, words: string): string =>
    `    ${style.colours.bold(namesText(minions))}${own ? `, ${OWN_IDS}` : ''}${words}:`
  const more = left === 0 ? [] : [style.colours.dim(`    ... and other lines on ${left} more`)]
  return [
    // Nothing is said of whom where there is nothing to see.
    ...(whole.length === 0 && others.length === 0 ? [] : [label(first, '')]),
    ...whole,
    ...shown.flatMap(variant => {
      const { result } = variant
      const differing = differingFrom(first.result, result, diff)
      return [
        label(variant, differing === undefined ? '' : ', where it differs'),
        ...paintBody(differing ?? bodyOf(result, diff), layout, style),
        ...(sameProblem(result, first.result) ? [] : problemLines(result, style)),
      ]
    }),
    ...more,
  ]
}

/** Lines of a result that differ from another result with the same number of lines; undefined: show the whole result. Pure. */
function differingFrom(other: StateResult, result: StateResult, diff: Show['diff']): readonly BodyLine[] | undefined {
  const whole = diff === 'none' ? diff : 'full'
  const [before, lines] = [bodyOf(other, whole), bodyOf(result, whole)]
  if (before.length !== lines.length) return undefined
  // Context lines are not part of the change.
  const differing = lines.filter(({ kind, text }, at) => kind !== 'context' && text !== before[at]?.text)
  return diff === 'full' ? differing : shortened(differing)
}

function sameProblem(a: StateResult, b: StateResult): boolean {
  return JSON.stringify(a.problem) === JSON.stringify(b.problem)
}

function problemLines({ problem }: StateResult, style: Style): readonly string[] {
  return problem === undefined ? [] : problemText([problem], style)
}

/** Renders problems as indented lines below their heading. Pure. */
export function problemText(problems: Parameters<typeof renderProblems>[0], style: Style): readonly string[] {
  const narrow = { ...style, width: style.width - BODY }
  return indent(renderProblems(problems, narrow)).trimEnd().split('\n')
}
