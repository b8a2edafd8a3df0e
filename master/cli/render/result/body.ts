import type { StateResult } from '../../../../protocol/report.ts'
import { fold } from '../fold.ts'
import { lastVersions } from '../program-text.ts'
import { noteText } from '../state-name.ts'
import { cut, type Style, safe, widthOf } from '../style.ts'
import type { BodyLine } from './body-line.ts'
import { markChanges } from './changed-words.ts'
import type { Show } from './show.ts'

/** Limits for the diff lines shown of a new file, and of an existing one. */
const MOST_NEW = 5
const MOST_DIFF = 24
const MOST_OUTPUT = 10
/** Limit for the rows that one line takes on a terminal. */
const MOST_ROWS = 3

/** Lists the lines below a state's name; `how` limits diffs and output. Pure. */
export function bodyOf({ actions, note, output, diff }: StateResult, how: Show['diff']): readonly BodyLine[] {
  return [
    ...actions.flatMap(({ summary }) => actionLines(summary, how)),
    ...(note === undefined ? [] : [{ kind: 'note', text: safe(noteText(note)) } as const]),
    ...(output === undefined ? [] : outputLines(output, how)),
    ...(diff === undefined || how === 'none' ? [] : diffLines(diff, how)),
  ]
}

/** Keeps the first line of an action, such as a script of several lines. */
function actionLines(summary: string, how: Show['diff']): readonly BodyLine[] {
  const [first = '', ...more] = summary.trimEnd().split('\n')
  const head: BodyLine = { kind: 'action', text: safe(first) }
  if (more.length === 0) return [head]
  if (how === 'full')
    return [head, ...more.map((line): BodyLine => ({ kind: 'output', text: `  ${safe(line, { lines: true })}` }))]
  return [head, { kind: 'rest', text: `... ${countText(more.length, ' more')}` }]
}

/** Keeps the end of the output: the last lines of a program usually say why it failed. */
function outputLines(output: string, how: Show['diff']): readonly BodyLine[] {
  const lines = lastVersions(output)
  const from = how === 'full' ? 0 : Math.max(lines.length - MOST_OUTPUT, 0)
  const before: BodyLine[] = from === 0 ? [] : [{ kind: 'rest', text: `... ${countText(from)} before` }]
  return [...before, ...lines.slice(from).map((text): BodyLine => ({ kind: 'output', text: `| ${text}` }))]
}

function diffLines(diff: string, how: Show['diff']): readonly BodyLine[] {
  const own = withoutHeading(diff.trimEnd().split('\n'))
  const isNew = own[0]?.startsWith('@@ -0,0 ') === true
  const shown = isNew ? own.slice(1) : own
  const lines = shown.map(diffLine)
  return how === 'full' ? lines : shortened(lines, isNew ? MOST_NEW : MOST_DIFF)
}

/** Keeps the first lines, and counts the others. Pure. */
export function shortened(lines: readonly BodyLine[], most = MOST_NEW): readonly BodyLine[] {
  // Leaving out two lines would save nothing, because the line that says so takes one.
  if (lines.length <= most + 2) return lines
  return [...lines.slice(0, most), { kind: 'rest', text: `... ${countText(lines.length - most, ' more')}` }]
}

/** Removes the heading of a diff of one file, which the state or its action already names. */
function withoutHeading(lines: readonly string[]): readonly string[] {
  const own = lines[0]?.startsWith('Index: ') ? lines.slice(2) : lines
  const files = own.filter(line => line.startsWith('--- ')).length
  return files === 1 && own[0]?.startsWith('--- ') && own[1]?.startsWith('+++ ') ? own.slice(2) : own
}

function diffLine(line: string): BodyLine {
  const text = safe(line, { lines: true })
  return { kind: line.startsWith('+') ? 'added' : line.startsWith('-') ? 'removed' : 'context', text }
}

function countText(count: number, more = ''): string {
  return `${count}${more} ${count === 1 ? 'line' : 'lines'}`
}

/** How body lines are laid out. */
interface Layout {
  readonly indent: number
  /** True: cut no line. */
  readonly whole: boolean
}

/**
 * Adds colours and indentation, and highlights what differs within a line. Lines of files and programs are not wrapped, and cut when they
 * would fill more than a few rows of a terminal. Pure.
 */
export function paintBody(lines: readonly BodyLine[], { indent, whole }: Layout, style: Style): readonly string[] {
  const { colours } = style
  const paint = {
    action: String,
    note: colours.dim,
    output: colours.dim,
    rest: colours.dim,
    added: colours.green,
    removed: colours.red,
    context: String,
  }
  const room = whole ? Number.POSITIVE_INFINITY : style.width * MOST_ROWS - indent
  return markChanges(lines.map(line => fitting(line, room))).flatMap(({ kind, text, from, to }) => {
    if (from !== undefined && to !== undefined && from < to) {
      const [before, own, after] = [text.slice(0, from), text.slice(from, to), text.slice(to)]
      return [`${' '.repeat(indent)}${paint[kind](`${before}${colours.inverse(own)}${after}`)}`]
    }
    if (kind !== 'action' && kind !== 'note') return [`${' '.repeat(indent)}${paint[kind](text)}`]
    return fold([{ text, paint: paint[kind] }], style, { lead: indent, hang: indent + 2 })
  })
}

/** Cuts a line of a file or program, and says how much is left out. */
function fitting(line: BodyLine, room: number): BodyLine {
  if (line.kind === 'action' || line.kind === 'note' || room === Number.POSITIVE_INFINITY) return line
  if (widthOf(line.text) <= room) return line
  const more = ' characters more'
  const shown = cut(line.text, room - more.length - String(line.text.length).length - 1)
  return { ...line, text: `${shown} ${line.text.length - shown.length + 1}${more}` }
}
