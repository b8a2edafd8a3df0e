/** Something the lab could not do: what was tried, what happened, and what to read or type next. */
export class LabError extends Error {
  override readonly name = 'LabError'
}

/** Returns the last lines of a long text, indented, for quoting a log in an error. */
export function tail(text: string, lines = 15): string {
  const kept = text.trimEnd().split('\n').slice(-lines)
  return kept.map(line => `    ${line}`).join('\n')
}
