import { formatPosition, type SourcePosition } from '../../../protocol/source.ts'
import type { FleetProblem } from '../../control/fleet-problem.ts'
import { type AlikeProblem, alikeProblems } from './alike-problems.ts'
import { fold } from './fold.ts'
import { minionCount, namesText } from './minion-names.ts'
import { lastVersions } from './program-text.ts'
import { type Style, safe } from './style.ts'

const TAB = '    '
const MOST_PLACES = 30

/** Renders all problems with minions, position, line, caret and hint, separated by empty lines. Pure. */
export function renderProblems(problems: readonly FleetProblem[], style: Style): string {
  const alike = alikeProblems(problems)
  const minions = minionsOf(alike)
  const text = alike.map(problem => renderProblem(problem, minions.size > 1, style)).join('\n')
  const count = alike.reduce((sum, { elsewhere }) => sum + 1 + elsewhere.length, 0)
  if (count < 2) return text
  const on = minions.size < 2 ? '' : ` on ${minionCount(minions.size)}`
  return `${text}\n${style.colours.bold(`${count} problems${on}`)}\n`
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
function renderProblem(problem: AlikeProblem, isShared: boolean, style: Style): string {
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
  return `${lines.join('\n')}\n`
}

/** Names the minions of a problem, unless its text already does. */
function onLines(message: string, minions: readonly string[], style: Style): readonly string[] {
  const [only = ''] = minions
  if (minions.length === 0 || (minions.length === 1 && message.includes(only))) return []
  return fold([{ text: `on ${namesText(minions)}`, paint: style.colours.bold }], style, { lead: 2, hang: 4 })
}

/** Lists further places in the same file, so that each can be fixed. */
function elsewhereLines(places: readonly SourcePosition[], style: Style): readonly string[] {
  const [first] = places
  if (first === undefined) return []
  const shown = places.slice(0, MOST_PLACES).map(({ line, column }) => `${line}:${column}`)
  const more = places.length > shown.length ? ` and ${places.length - shown.length} more` : ''
  return fold([{ text: `also ${safe(first.file)}:${shown.join(', ')}${more}` }], style, { lead: 2, hang: 7 })
}

function hintLines(hint: string | undefined, style: Style): readonly string[] {
  return hint === undefined ? [] : labelled('hint:', style.colours.cyan, safe(hint), style, { lead: 2, hang: 8 })
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
