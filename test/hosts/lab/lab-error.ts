/** Something the lab could not do: what was tried, what came of it, and what to read or type next. */
export class LabError extends Error {
  override readonly name = 'LabError'
}

/** The last lines of a long text, indented: what an error quotes of a log. */
export function tail(text: string, lines = 15): string {
  const kept = text.trimEnd().split('\n').slice(-lines)
  return kept.map(line => `    ${line}`).join('\n')
}
