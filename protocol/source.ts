/** A place in a text written by an operator. `line` and `column` count from 1; `file` is relative to the fleet directory. */
export interface SourcePosition {
  readonly file: string
  readonly line: number
  readonly column: number
}

/** Formats `file:line:column`, which editors understand. */
export function formatPosition(position: SourcePosition): string {
  return `${position.file}:${position.line}:${position.column}`
}
