import type { StateResult } from '../../../../protocol/report.ts'
import { fold } from '../fold.ts'
import { type Style, safe } from '../style.ts'
import type { BodyLine } from './body-line.ts'
import { markChanges } from './changed-words.ts'
import type { Show } from './show.ts'

/** Limits for the diff lines shown of a new file, and of an existing one. */
const MOST_NEW = 5
const MOST_DIFF = 24
const MOST_OUTPUT = 10

/** Lists the lines below a state's name; `how` limits diffs and output. Pure. */
export function bodyOf({ actions, note, output, diff }: StateResult, how: Show['diff']): readonly BodyLine[] {
  return [
    ...actions.map(({ summary }): BodyLine => ({ kind: 'action', text: safe(summary) })),
    ...(note === undefined ? [] : [{ kind: 'note', text: safe(note) } as const]),
    ...(output === undefined ? [] : outputLines(output, how)),
    ...(diff === undefined || how === 'none' ? [] : diffLines(diff, how)),
  ]
}

/** Keeps the end of the output: the last lines of a program usually say why it failed. */
function outputLines(output: string, how: Show['diff']): readonly BodyLine[] {
  const lines = output.split('\n')
  const from = how === 'full' ? 0 : Math.max(lines.length - MOST_OUTPUT, 0)
  const before: BodyLine[] = from === 0 ? [] : [{ kind: 'rest', text: `... ${countText(from)} before` }]
  return [...before, ...lines.slice(from).map((text): BodyLine => ({ kind: 'output', text: `| ${safe(text)}` }))]
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

/** Adds colours and indentation, and highlights what differs within a line. Lines of files and programs are not wrapped. Pure. */
export function paintBody(lines: readonly BodyLine[], indent: number, style: Style): readonly string[] {
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
  return markChanges(lines).flatMap(({ kind, text, from, to }) => {
    if (from !== undefined && to !== undefined && from < to) {
      const [before, own, after] = [text.slice(0, from), text.slice(from, to), text.slice(to)]
      return [`${' '.repeat(indent)}${paint[kind](`${before}${colours.inverse(own)}${after}`)}`]
    }
    if (kind !== 'action' && kind !== 'note') return [`${' '.repeat(indent)}${paint[kind](text)}`]
    return fold([{ text, paint: paint[kind] }], style, { lead: indent, hang: indent + 2 })
  })
}
