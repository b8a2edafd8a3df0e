import type { Problem } from '../../../../protocol/errors.ts'
import { safe } from '../../../../protocol/safe-text.ts'
import type { SourcePosition } from '../../../../protocol/source.ts'

/** What GitHub Actions shows beside a line of a file: https://docs.github.com/actions/reference/workflow-commands */
export interface Annotation {
  readonly level: 'error' | 'warning' | 'notice'
  readonly title: string
  /** May have several lines. */
  readonly message: string
  readonly source?: SourcePosition | undefined
}

const RANK = { error: 0, warning: 1, notice: 2 } as const

/** Workflow commands, one a line. The worst are first: GitHub shows 10 of a level for each step. Pure. */
export function annotationText(annotations: readonly Annotation[]): string {
  const sorted = annotations.toSorted((a, b) => RANK[a.level] - RANK[b.level])
  return sorted.map(commandOf).join('')
}

/** Problems of a verb or of the fleet's files. Pure. */
export function annotationsOf(problems: readonly Problem[], level: Annotation['level']): readonly Annotation[] {
  return problems.map(({ code, message, hint, source }) => {
    return { level, title: code, message: hint === undefined ? message : `${message.trimEnd()}\nhint: ${hint}`, source }
  })
}

function commandOf({ level, title, message, source }: Annotation): string {
  const place = source === undefined ? {} : { file: source.file, line: source.line, col: source.column }
  const properties = Object.entries({ ...place, title }).map(
    ([name, value]) => `${name}=${propertyText(String(value))}`,
  )
  return `::${level} ${properties.join(',')}::${dataText(message)}\n`
}

/** A line break that a host puts into its words would begin a command of its own. */
function dataText(text: string): string {
  return text
    .trimEnd()
    .replaceAll('\r\n', '\n')
    .split('\r')
    .map(part => safe(part, { lines: true }).replaceAll('%', '%25').replaceAll('\n', '%0A'))
    .join('%0D')
}

function propertyText(text: string): string {
  return safe(text).replaceAll('%', '%25').replaceAll(':', '%3A').replaceAll(',', '%2C')
}
