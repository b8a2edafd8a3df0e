import { formatPosition, type SourcePosition } from '../../../protocol/source.ts'
import type { FleetProblem } from '../../control/fleet-problem.ts'
import { type AlikeProblem, alikeProblems } from './alike-problems.ts'
import { fold, type Piece } from './fold.ts'
import { minionCount, rangesText } from './minion-names.ts'
import { groupProblems, isSameHint } from './problem-groups.ts'
import { lastVersions } from './program-text.ts'
import { cut, padded, type Style, safe, widthOf } from './style.ts'

const TAB = '    '
const MOST_PLACES = 30
/** So many kinds of problems get an overview at the end. */
const OVERVIEW = 4
/** Limit for a hint in the overview. */
const MOST_HINT = 32
/** Limit for the indentation below a list of places. */
const MOST_HANG = 20

/**
 * Renders all problems with minions, position, line, caret and hint, separated by empty lines. Of those with the same code and file only
 * the first is shown in full. Pure.
 */
export function renderProblems(problems: readonly FleetProblem[], style: Style): string {
  const alike = alikeProblems(problems)
  const isShared = minionsOf(alike).size > 1
  const groups = groupProblems(alike)
  const text = groups
    .map(([first, ...others]) => {
      const lines = [...problemLines(first, isShared, style), ...otherLines(first, others, isShared, style)]
      return lines.map(line => `${line}\n`).join('')
    })
    .join('\n')
  const count = countOf(alike)
  if (count < 2) return text
  const overview = groups.length < OVERVIEW ? [] : overviewLines(groups, style)
  const end = [style.colours.bold(totalText(alike, count)), ...overview]
  return `${text}\n${end.map(line => `${line}\n`).join('')}`
}

/** True for a hint that is worth a place in the overview: one sentence that names the word to write. */
function isShort(hint: string | undefined): hint is string {
  return hint !== undefined && hint.length <= MOST_HINT
}

/** One line for each group, those that concern most minions first: what a screen shows when the rest has scrolled away. */
function overviewLines(groups: ReturnType<typeof groupProblems>, style: Style): readonly string[] {
  const rows = groups
    .map(group => {
      const [{ code, source, message, hint }] = group
      const [what = ''] = message.split('\n', 1)
      const text = isShort(hint) ? `${what}  ${hint}` : what
      const place = source === undefined ? '' : safe(formatPosition(source))
      return { code: safe(code), place, text: safe(text), count: countOf(group), minions: minionsOf(group).size }
    })
    .sort((a, b) => b.minions - a.minions)
  const [codes, places] = [rows.map(({ code }) => code), rows.map(({ place }) => place)].map(texts =>
    texts.reduce((most, text) => Math.max(most, widthOf(text)), 0),
  )
  return rows.flatMap(({ code, place, text, count, minions }) => {
    const on = minions === 0 ? '' : minionCount(minions)
    const pieces: readonly Piece[] = [
      { text: padded(code, codes ?? 0), paint: style.colours.red, whole: true },
      { text: padded(place, places ?? 0), whole: true },
      { text: [count === 1 ? '' : `${count} problems`, on].filter(text => text !== '').join(', on ') },
    ]
    return [...fold(pieces, style, { lead: 2, hang: 4 }), `      ${cut(text, Math.max(style.width - 6, 20))}`]
  })
}

/** A problem that was found at several places counts once for each. */
function countOf(problems: readonly AlikeProblem[]): number {
  return problems.reduce((sum, { elsewhere }) => sum + 1 + elsewhere.length, 0)
}

/** `30 problems of 6 kinds in 9 files, on 40 minions`. */
function totalText(problems: readonly AlikeProblem[], count: number): string {
  const kinds = new Set(problems.map(({ code }) => code)).size
  const files = new Set(problems.flatMap(({ source }) => source?.file ?? [])).size
  const minions = minionsOf(problems).size
  return [
    `${count} problems`,
    ...(kinds < 2 ? [] : [` of ${kinds} kinds`]),
    ...(files === 0 ? [] : [files === 1 ? ' in 1 file' : ` in ${files} files`]),
    ...(minions < 2 ? [] : [`, on ${minionCount(minions)}`]),
  ].join('')
}

/** Renders warnings, each with its minions and its hint. Pure. */
export function renderWarnings(warnings: readonly FleetProblem[], style: Style): string {
  const alike = alikeProblems(warnings)
  const isShared = minionsOf(alike).size > 1
  return alike
    .flatMap(({ message, hint, source, elsewhere, minions = [] }) => {
      const place = source === undefined ? '' : ` (${safe(formatPosition(source))})`
      return [
        ...labelled('warning:', style.colours.yellow, safe(message) + place, style, { hang: 2 }),
        ...(isShared ? onLines(message, minions, style) : []),
        ...elsewhereLines(elsewhere, style),
        ...hintLines(hint, style),
      ]
    })
    .map(line => `${line}\n`)
    .join('')
}

/** Indents text below its heading. Pure. */
export function indent(text: string): string {
  return text.replaceAll(/^(?=.)/gm, '      ')
}

function minionsOf(problems: readonly FleetProblem[]): ReadonlySet<string> {
  return new Set(problems.flatMap(({ minions = [] }) => minions))
}

/** `isShared`: the problems concern several minions. */
function problemLines(problem: AlikeProblem, isShared: boolean, style: Style): readonly string[] {
  const { code, message, hint, source, excerpt, related, elsewhere, minions = [] } = problem
  const { colours } = style
  const [first = '', ...more] = message.trimEnd().split('\n')
  // Below the first line, a message quotes what a program said.
  const quoted = more.length === 0 ? [] : lastVersions(more.join('\n'))
  const lines = [
    ...labelled(`${safe(code)}:`, colours.red, safe(first), style, { hang: 2 }),
    ...quoted.map(line => `  ${colours.dim('|')} ${line.replaceAll('\t', TAB)}`),
    ...(isShared ? onLines(message, minions, style) : []),
  ]
  if (source !== undefined) {
    const number = String(source.line)
    lines.push(`${' '.repeat(number.length)}${colours.dim('--> ')}${safe(formatPosition(source))}`)
    if (excerpt !== undefined) {
      const [before, after] = [excerpt.slice(0, source.column - 1), excerpt.slice(source.column - 1)].map(spaced)
      const gutter = `${number} | `
      lines.push(`${colours.dim(gutter)}${before}${after}`)
      lines.push(
        `${' '.repeat(number.length)}${colours.dim(' | ')}${' '.repeat(before?.length ?? 0)}${colours.red('^')}`,
      )
    }
  }
  lines.push(...elsewhereLines(elsewhere, style))
  for (const place of related ?? []) lines.push(`  also ${safe(formatPosition(place))}`)
  lines.push(...hintLines(hint, style))
  return lines
}

/** Lists further problems with the code and the file of the first: place, text, minions, and a hint that is another one. */
function otherLines(
  first: AlikeProblem,
  others: readonly AlikeProblem[],
  isShared: boolean,
  style: Style,
): readonly string[] {
  if (others.length === 0) return []
  const rows = others.map(problem => {
    const { source, elsewhere } = problem
    const at = placesText([...(source === undefined ? [] : [source]), ...elsewhere])
    return { ...problem, at, hint: isSameHint(first, problem) ? undefined : problem.hint }
  })
  const width = rows.reduce((most, { at }) => Math.max(most, widthOf(at)), 0)
  const hang = Math.min(4 + width + 2, MOST_HANG)
  const file = safe(first.source?.file ?? '')
  // Most mistakes of a role concern all of its minions.
  const isSame = others.every(({ minions }) => minions?.join() === first.minions?.join())
  const where = isShared && isSame && first.minions !== undefined ? ', on the same minions' : ''
  return [
    ...fold([{ text: `${countOf(others)} more of this kind in ${file}${where}:` }], style, { lead: 2, hang: 4 }),
    ...rows.flatMap(({ at, message, minions = [], related = [], hint }) => {
      const on = isShared && !isSame && !isNamed(message, minions) ? [`on ${rangesText(minions)}`] : []
      const also = related.map(place => `also ${safe(formatPosition(place))}`)
      const pieces = [
        { text: padded(at, width), paint: style.colours.dim },
        { text: safe(message) },
        ...on.map(text => ({ text, paint: style.colours.bold })),
        ...also.map(text => ({ text })),
      ]
      const own = hintLines(hint, style, hang)
      return [...fold(pieces, style, { lead: 4, hang }), ...own]
    }),
  ]
}

/** Names the minions of a problem, unless its text already does. */
function onLines(message: string, minions: readonly string[], style: Style): readonly string[] {
  if (isNamed(message, minions)) return []
  return fold([{ text: `on ${rangesText(minions)}`, paint: style.colours.bold }], style, { lead: 2, hang: 4 })
}

function isNamed(message: string, minions: readonly string[]): boolean {
  const [only = ''] = minions
  return minions.length === 0 || (minions.length === 1 && message.includes(only))
}

/** Lists further places in the same file, so that each can be fixed. */
function elsewhereLines(places: readonly SourcePosition[], style: Style): readonly string[] {
  const [first] = places
  if (first === undefined) return []
  return fold([{ text: `also ${safe(first.file)}:${placesText(places)}` }], style, { lead: 2, hang: 7 })
}

/** `41:9, 42:9 and 3 more`. */
function placesText(places: readonly SourcePosition[]): string {
  const shown = places.slice(0, MOST_PLACES).map(({ line, column }) => `${line}:${column}`)
  const more = places.length > shown.length ? ` and ${places.length - shown.length} more` : ''
  return `${shown.join(', ')}${more}`
}

function hintLines(hint: string | undefined, style: Style, lead = 2): readonly string[] {
  return hint === undefined
    ? []
    : labelled('hint:', style.colours.cyan, safe(hint), style, { lead, hang: lead + 'hint: '.length })
}

function labelled(
  label: string,
  paint: (text: string) => string,
  text: string,
  style: Style,
  how: Parameters<typeof fold>[2],
): readonly string[] {
  return fold(
    [
      { text: label, paint },
      { text, gap: ' ' },
    ],
    style,
    how,
  )
}

function spaced(text: string): string {
  return safe(text.replaceAll('\t', TAB))
}
