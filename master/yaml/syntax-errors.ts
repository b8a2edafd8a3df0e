import { type Document, isCollection, isMap, isScalar, isSeq, type Node, visit, type YAMLError } from 'yaml'
import { explainListItem } from './list-items.ts'

/** One syntax error: its offset in the text, and its explanation. */
export interface SyntaxError {
  readonly offset: number
  readonly message: string
  readonly hint?: string
}

/** An error after which the library cannot parse the rest, and the part of the text to blank so that it can. */
interface Swallower {
  readonly told: SyntaxError
  readonly from: number
  readonly to: number
  readonly filler: string
}

/** More errors than a person fixes at once; each costs a parse of the file. */
const MOST_RECOVERIES = 20

/** Maximum characters that all recoveries of a file may parse: in a large file, fewer errors are reported at once. */
const MOST_PARSED = 1_000_000

/**
 * Finds all syntax errors of a text, one per line, in order. An error that swallows the rest of the text (an open quote or
 * bracket, a document that has ended) is blanked in a copy, and the copy is parsed again: errors after it are reported too, and
 * those that only followed from it are not. `first` is the document of the text; `parse` parses a copy. Pure.
 */
export function syntaxErrors(text: string, first: Document, parse: (text: string) => Document): readonly SyntaxError[] {
  const found = new Map<number, SyntaxError>()
  const lineOf = lineFinder(text)
  const add = (error: SyntaxError): void => {
    const line = lineOf(error.offset)
    if (!found.has(line)) found.set(line, error)
  }
  const most = Math.min(MOST_RECOVERIES, Math.floor(MOST_PARSED / Math.max(text.length, 1)))
  let rest = text
  let document = first
  for (let round = 0; ; round++) {
    const swallower = swallowerOf(document, rest)
    const before = swallower?.told.offset ?? Number.POSITIVE_INFINITY
    for (const error of [...document.errors, ...document.warnings]) {
      if (error.pos[0] < before) add({ offset: error.pos[0], ...explain(error, rest) })
    }
    if (swallower === undefined) break
    add(swallower.told)
    if (round >= most) break
    const { from, to, filler } = swallower
    // Keep the length: offsets in the copy are offsets in the text.
    rest = `${rest.slice(0, from)}${rest.slice(from, to).replaceAll(/[^\n]/g, filler)}${rest.slice(to)}`
    document = parse(rest)
  }
  return [...found].sort(([a], [b]) => a - b).map(([, error]) => error)
}

function swallowerOf(document: Document, text: string): Swallower | undefined {
  for (const [index, error] of document.errors.entries()) {
    const [at] = error.pos
    const open = /closing ["']quote/.test(error.message)
      ? nodeAt(document, at, node => isScalar(node) && node.type?.startsWith('QUOTE') === true)
      : /^Flow (map|sequence)/.test(error.message)
        ? nodeAt(document, at, node => isCollection(node) && node.flow === true)
        : undefined
    if (open !== undefined) {
      const sign = text[open] ?? ''
      const hint = sign === '"' || sign === "'" ? 'Close it on the same line.' : 'Close it, or quote the value.'
      return {
        told: { offset: open, message: `the \`${sign}\` is not closed`, hint },
        from: open,
        to: endOfLine(text, open),
        filler: 'x',
      }
    }
    // A line without a colon takes the next line into its key.
    if ((error.code as string) === 'MULTILINE_IMPLICIT_KEY') return wholeLine(error, text)
    if (isOfStream(error) || (document.errors[index + 1] !== undefined && isOfStream(document.errors[index + 1]))) {
      return endedAt(document, error, text)
    }
  }
  return undefined
}

/** Handles an error after the end of the document: its content is `{}`, one value, or a line that nothing can follow. */
function endedAt(document: Document, error: YAMLError, text: string): Swallower {
  const root = document.contents as Node | null
  const [from = 0, end = 0] = root?.range ?? []
  const isBlock = (isMap(root) || isSeq(root)) && root.flow !== true
  if (root !== null && !isBlock && end <= error.pos[0]) {
    const content = text.slice(from, end)
    if (isJinja(content)) return { told: { offset: from, ...explainJinja(content) }, from, to: end, filler: ' ' }
    const shown = content.length <= 20 && !content.includes('\n') ? `\`${content}\`` : 'this value'
    const told = { offset: from, message: `${shown} is the whole content of a file, and more follows` }
    return { told: { ...told, hint: `Delete ${shown}.` }, from, to: end, filler: ' ' }
  }
  return wholeLine(error, text)
}

function wholeLine(error: YAMLError, text: string): Swallower {
  const [at] = error.pos
  const told = { offset: at, ...explain(error, text) }
  return { told, from: text.lastIndexOf('\n', at - 1) + 1, to: endOfLine(text, at), filler: ' ' }
}

function isOfStream(error: YAMLError | undefined): boolean {
  return error?.message.includes('in YAML stream') === true
}

/** Returns where the last node of a kind begins that has not ended before `at`. */
function nodeAt(document: Document, at: number, isKind: (node: Node) => boolean): number | undefined {
  let found: number | undefined
  visit(document, {
    Node: (_key, node) => {
      const [from, , end] = node.range ?? []
      if (from !== undefined && end !== undefined && from <= at && end >= at && isKind(node)) found = from
    },
  })
  return found
}

/** Returns a function that finds the line (from 0) of an offset; scans the text once. */
function lineFinder(text: string): (offset: number) => number {
  const ends: number[] = []
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) ends.push(at)
  return offset => {
    let [low, high] = [0, ends.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((ends[middle] ?? 0) < offset) low = middle + 1
      else high = middle
    }
    return low
  }
}

function endOfLine(text: string, offset: number): number {
  const end = text.indexOf('\n', offset)
  return end < 0 ? text.length : end
}

function isJinja(text: string): boolean {
  return /^\{[%#]/.test(text)
}

function explainJinja(text: string): { readonly message: string; readonly hint: string } {
  const [first = ''] = text.split('\n')
  return {
    message: `\`${first.slice(0, 60)}\` is Jinja, and a YAML file is not a template`,
    hint: 'Use `when` for a condition and `each` for a loop, next to the state type; a comment begins with `#`.',
  }
}

/** Error codes of the library for a line that does not fit what is above it. */
const OF_STRUCTURE: ReadonlySet<string> = new Set([
  'BAD_INDENT',
  'BLOCK_AS_IMPLICIT_KEY',
  'MISSING_CHAR',
  'MULTILINE_IMPLICIT_KEY',
  'UNEXPECTED_TOKEN',
])

function explain(
  { code, message, pos }: YAMLError,
  text: string,
): { readonly message: string; readonly hint?: string } {
  const found = text.slice(pos[0], pos[1])
  const line = text.slice(text.lastIndexOf('\n', pos[0] - 1) + 1, endOfLine(text, pos[0])).trim()
  if (line.startsWith('*')) return { message: 'a `*` at the start means an alias', hint: 'Quote the key: `"*":`.' }
  if (isJinja(line)) return explainJinja(line)
  if (line === '{}') return { message: '`{}` appears beside other keys', hint: 'Delete `{}`.' }
  const item = OF_STRUCTURE.has(code) ? explainListItem(text, pos[0]) : undefined
  if (item !== undefined) return item
  if ((code as string).endsWith('IMPLICIT_KEY') && /^\s*- /.test(text.slice(pos[0], pos[0] + 80))) {
    return { message: 'a list item beside keys', hint: 'Indent the list below its key, or delete the dash.' }
  }
  switch (code as string) {
    case 'DUPLICATE_KEY':
      return { message: 'a key appears twice in one map', hint: 'Remove one of the two.' }
    case 'TAB_AS_INDENT':
      return { message: 'a tab indents this line', hint: 'Indent with spaces.' }
    case 'TAG_RESOLVE_FAILED':
      return {
        message: `the tag \`${found.trim().split(/\s/)[0] ?? ''}\` is unknown`,
        hint: found.trim().startsWith('!vault')
          ? 'Seal the secret instead: `master pillar set PATH < file`.'
          : 'The only tag is `!sealed`.',
      }
    case 'BAD_INDENT':
      return { message: 'the indentation does not match the lines above', hint: indentHint(text, pos[0]) }
    case 'BLOCK_AS_IMPLICIT_KEY':
      return { message: 'a second `: ` in one line', hint: 'Quote the value: `key: "text: more text"`.' }
    case 'MULTILINE_IMPLICIT_KEY':
      return { message: 'expected `key: value`', hint: 'Write a space after the colon.' }
    case 'MISSING_CHAR':
      if (message.startsWith('Implicit map keys')) {
        const hint = line.includes(':') ? 'Write a space after the colon.' : 'Write a colon and a value after the key.'
        return { message: 'expected `key: value`', hint }
      }
      break
    case 'UNEXPECTED_TOKEN':
      if (/at node end/.test(message)) {
        return { message: 'text after the end of a value', hint: 'Quote the whole value.' }
      }
  }
  const [first = message] = message.split('\n')
  return { message: first.charAt(0).toLowerCase() + first.slice(1).replace(/\.$/, '') }
}

/** Describes the indentation of a line, and those that the lines above allow. */
function indentHint(text: string, offset: number): string {
  const above = text.slice(0, text.lastIndexOf('\n', offset - 1) + 1).split('\n')
  const spacesOf = (line: string): number => line.length - line.trimStart().length
  const open: number[] = []
  for (const line of above.toReversed()) {
    if (line.trim() === '' || line.trimStart().startsWith('#')) continue
    const spaces = spacesOf(line)
    if (spaces < (open[0] ?? Number.POSITIVE_INFINITY)) open.unshift(spaces)
  }
  const found = spacesOf(text.slice(text.lastIndexOf('\n', offset - 1) + 1, endOfLine(text, offset)))
  const last = open.pop() ?? 0
  const known = open.length === 0 ? `${last}` : `${open.join(', ')} or ${last}`
  return `This line begins with ${found} ${found === 1 ? 'space' : 'spaces'}; indent it with ${known}, as a line above.`
}
