import type { Problem } from '../../../protocol/errors.ts'
import { formatPosition } from '../../../protocol/source.ts'
import { fold } from './fold.ts'
import { type Style, safe } from './style.ts'

const TAB = '    '

/** All problems with place, line, caret and hint; one empty line between two. Pure. */
export function renderProblems(problems: readonly Problem[], style: Style): string {
  const text = problems.map(problem => renderProblem(problem, style)).join('\n')
  const { colours } = style
  return problems.length < 2 ? text : `${text}\n${colours.bold(`${problems.length} problems`)}\n`
}

/** What is no error: one line each, with its hint. Pure. */
export function renderWarnings(warnings: readonly Problem[], { colours }: Style): string {
  return warnings
    .map(({ message, hint, source }) => {
      const place = source === undefined ? '' : ` (${safe(formatPosition(source))})`
      const advice = hint === undefined ? '' : `  ${colours.cyan('hint:')} ${safe(hint)}\n`
      return `${colours.yellow('warning:')} ${safe(message)}${place}\n${advice}`
    })
    .join('')
}

/** Below what it belongs to. Pure. */
export function indent(text: string): string {
  return text.replaceAll(/^(?=.)/gm, '      ')
}

function renderProblem({ code, message, hint, source, excerpt, related }: Problem, style: Style): string {
  const { colours } = style
  const [first = '', ...more] = message.trimEnd().split('\n')
  const lines = [
    ...fold(
      [
        { text: `${safe(code)}:`, paint: colours.red },
        { text: safe(first), gap: ' ' },
      ],
      style,
      { hang: 2 },
    ),
    ...more.map(line => `  ${colours.dim('|')} ${spaced(line)}`),
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
  for (const place of related ?? []) lines.push(`  also ${safe(formatPosition(place))}`)
  if (hint !== undefined) {
    lines.push(
      ...fold(
        [
          { text: 'hint:', paint: colours.cyan },
          { text: safe(hint), gap: ' ' },
        ],
        style,
        { lead: 2, hang: 8 },
      ),
    )
  }
  return `${lines.join('\n')}\n`
}

function spaced(text: string): string {
  return safe(text.replaceAll('\t', TAB))
}
