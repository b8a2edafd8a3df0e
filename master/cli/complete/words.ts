import { AppError } from '../../../protocol/errors.ts'

/** A word of a typed line. */
interface Word {
  /** Without its quotes. */
  readonly text: string
  /** Where it begins and ends in the line, quotes and all. */
  readonly start: number
  readonly end: number
}

export interface Scan {
  readonly words: readonly Word[]
  /** What the line ends inside of: a quote, or after a backslash. */
  readonly open: { readonly mark: '"' | "'" | '\\'; readonly at: number } | undefined
  /** The first unquoted character that another shell would act on. */
  readonly operator: { readonly mark: string; readonly at: number } | undefined
}

const OPERATORS = '|<>;&'
/** What a backslash quotes inside double quotes; elsewhere there it stands for itself. */
const QUOTED_IN_DOUBLE = '"\\$`'

/** Words as a POSIX shell splits them: '...', "...", and backslash; nothing is expanded. Never throws. Pure. */
export function scanWords(line: string): Scan {
  const words: Word[] = []
  let word: { text: string; start: number } | undefined
  let open: Scan['open']
  let operator: Scan['operator']
  for (let at = 0; at < line.length; at += 1) {
    const mark = line.charAt(at)
    if (open === undefined) {
      if (/\s/.test(mark)) {
        if (word !== undefined) words.push({ ...word, end: at })
        word = undefined
        continue
      }
      if (OPERATORS.includes(mark)) operator ??= { mark, at }
      word ??= { text: '', start: at }
      if (mark === '"' || mark === "'" || mark === '\\') open = { mark, at }
      else word.text += mark
    } else if (word !== undefined) {
      const next = line.charAt(at + 1)
      if (open.mark === '\\') {
        word.text += mark
        open = undefined
      } else if (mark === open.mark) {
        open = undefined
      } else if (open.mark === '"' && mark === '\\' && next !== '' && QUOTED_IN_DOUBLE.includes(next)) {
        word.text += next
        at += 1
      } else {
        word.text += mark
      }
    }
  }
  if (word !== undefined) words.push({ ...word, end: line.length })
  return { words, open, operator }
}

/** The words of a whole line; a line that begins with `#` has none. SHELL_SYNTAX with a caret. Pure. */
export function splitWords(line: string): readonly string[] {
  if (/^\s*#/.test(line)) return []
  const { words, open, operator } = scanWords(line)
  if (open !== undefined) {
    const what = open.mark === '\\' ? 'a backslash ends the line' : `a quote \`${open.mark}\` is not closed`
    throw refusal(line, open.at, what, open.mark === '\\' ? 'Put a character after it.' : `Close it with ${open.mark}`)
  }
  if (operator !== undefined) {
    const what = `\`${operator.mark}\` is not supported: this shell has no pipes, redirections or command lists`
    const hint = `Quote it if it is part of a word: '${operator.mark}'. On a minion: run TARGET -- sh -c 'ps aux | wc -l'`
    throw refusal(line, operator.at, what, hint)
  }
  return words.map(({ text }) => text)
}

/** The word in such quotes that splitting gives it back. Pure. */
export function quoteWord(word: string): string {
  if (/^[^\s|<>;&"'\\#]+$/.test(word)) return word
  return `'${word.replaceAll("'", `'\\''`)}'`
}

function refusal(line: string, at: number, message: string, hint: string): AppError {
  return new AppError({
    code: 'SHELL_SYNTAX',
    message,
    hint,
    source: { file: 'line', line: 1, column: at + 1 },
    excerpt: line,
  })
}
