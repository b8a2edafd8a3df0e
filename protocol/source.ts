/** A place in a text that an operator wrote. `line` and `column` count from 1; `file` is relative to the fleet directory. */
export interface SourcePosition {
  readonly file: string
  readonly line: number
  readonly column: number
}

/** `file:line:column`, the form that editors understand. */
export function formatPosition(position: SourcePosition): string {
  return `${position.file}:${position.line}:${position.column}`
}
