import { AppError } from '../../../protocol/errors.ts'

/** A word of a command line. */
interface Word {
  /** Without quotes. */
  readonly text: string
  /** Start and end in the line, including quotes. */
  readonly start: number
  readonly end: number
}

export interface Scan {
  readonly words: readonly Word[]
  /** What is unfinished at the end of the line: a quote, or a backslash. */
  readonly open: { readonly mark: '"' | "'" | '\\'; readonly at: number } | undefined
  /** The first unquoted character that another shell would interpret. */
  readonly operator: { readonly mark: string; readonly at: number } | undefined
}

const OPERATORS = '|<>;&'
/** Characters that a backslash escapes inside double quotes; before others it is literal. */
const QUOTED_IN_DOUBLE = '"\\$`'

/** Splits words like a POSIX shell: '...', "...", and backslash, without expansion. Never throws. Pure. */
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

/** Splits a whole line into words; a line that begins with `#` has none. Throws SHELL_SYNTAX with a caret. Pure. */
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

/** Quotes a word so that splitting returns it unchanged. Pure. */
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
