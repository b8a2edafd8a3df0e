import Handlebars from 'handlebars'
import type { Problem } from '../../../protocol/errors.ts'
import type { SourcePosition } from '../../../protocol/source.ts'
import { foreignExpressions, ourExpression } from './foreign-syntax.ts'

/** Nodes of the Handlebars syntax tree that the language supports; others are refused by name. */
interface AstLocation {
  readonly start: { readonly line: number; readonly column: number }
}
export interface AstPath {
  readonly type: 'PathExpression'
  readonly loc: AstLocation
  readonly original: string
  readonly parts: readonly string[]
  readonly depth: number
  readonly data: boolean
}
interface AstLiteral {
  readonly type: 'StringLiteral' | 'NumberLiteral' | 'BooleanLiteral' | 'NullLiteral' | 'UndefinedLiteral'
  readonly loc: AstLocation
  readonly value?: string | number | boolean
}
export interface AstCall {
  readonly type: 'SubExpression' | 'MustacheStatement'
  readonly loc: AstLocation
  readonly path: AstExpression
  readonly params: readonly AstExpression[]
  readonly hash?: { readonly pairs: readonly { readonly key: string; readonly value: AstExpression }[] }
}
export interface AstBlock extends Omit<AstCall, 'type'> {
  readonly type: 'BlockStatement'
  readonly program: AstProgram
  readonly inverse?: AstProgram
}
export type AstExpression = AstPath | AstLiteral | AstCall
export type AstStatement =
  | { readonly type: 'ContentStatement'; readonly value: string; readonly loc: AstLocation }
  | { readonly type: 'CommentStatement'; readonly loc: AstLocation }
  | AstBlock
  | AstCall
  | {
      readonly type: 'PartialStatement' | 'PartialBlockStatement' | 'Decorator' | 'DecoratorBlock'
      readonly loc: AstLocation
    }
export interface AstProgram {
  readonly body: readonly AstStatement[]
  readonly blockParams?: readonly string[]
}

/** Text with expressions, and its position in the fleet. */
export interface SourceText {
  readonly text: string
  /** Maps a line (from 1) and column (from 0) of the text to its position. */
  readonly place: (line: number, column: number) => SourcePosition
  /** Returns the line of the file, for the caret. */
  readonly excerpt: (position: SourcePosition) => string | undefined
}

/** Parses text with expressions. Handlebars is used as a parser only (docs/decisions.md). Pure. */
export function parseExpressions(
  source: SourceText,
  code: 'EXPRESSION_INVALID' | 'TEMPLATE_INVALID',
): { readonly program: AstProgram } | { readonly problems: readonly [Problem, ...Problem[]] } {
  try {
    const program = Handlebars.parse(source.text) as unknown as AstProgram
    keepNumbers(program, source.text.split(LINE_BREAK))
    return { program }
  } catch (thrown) {
    const words = thrown instanceof Error ? thrown.message : String(thrown)
    const problemAt = (line: number, column: number, message: string, hint: string): Problem => {
      const position = source.place(line, column)
      const excerpt = source.excerpt(position)
      return { code, message, hint, source: position, ...(excerpt === undefined ? {} : { excerpt }) }
    }
    const [first, ...more] = foreignExpressions(source.text, isUnderstood).map(({ line, column, found, hint }) =>
      problemAt(line, column, `the expression \`${found}\` is not valid`, hint),
    )
    if (first !== undefined) return { problems: [first, ...more] }
    const line = Number(/line (\d+)/.exec(words)?.[1] ?? /- (\d+):(\d+)/.exec(words)?.[1] ?? 1)
    const column = Number(/- \d+:(\d+)/.exec(words)?.[1] ?? guessColumn(source.text, line))
    const message = `the expression is incomplete or not valid: ${plainWords(words)}`
    return { problems: [problemAt(line, column, message, hintFor(source.text, line))] }
  }
}

function isUnderstood(expression: string): boolean {
  try {
    Handlebars.parse(expression)
    return true
  } catch {
    return false
  }
}

/** Line breaks as Handlebars counts them. */
const LINE_BREAK = /\r\n?|\n/

/** Turns number literals that would print differently into text, as YAML does: `010`, `1.10`, 20 digits. */
function keepNumbers(node: unknown, lines: readonly string[]): void {
  if (Array.isArray(node)) for (const one of node) keepNumbers(one, lines)
  if (typeof node !== 'object' || node === null || Array.isArray(node)) return
  const literal = node as { type?: unknown; value?: unknown; loc?: AstLocation }
  if (literal.type === 'NumberLiteral') {
    const { line, column } = literal.loc?.start ?? { line: 1, column: 0 }
    const [written] = /^-?\d+(\.\d+)?/.exec((lines[line - 1] ?? '').slice(column)) ?? []
    if (written !== undefined && String(literal.value) !== written)
      Object.assign(literal, { type: 'StringLiteral', value: written })
    return
  }
  for (const child of Object.values(node)) keepNumbers(child, lines)
}

/** Suggests how to write the first expression of a line that Handlebars cannot parse. */
function hintFor(text: string, line: number): string {
  const found = [...(text.split(LINE_BREAK)[line - 1] ?? '').matchAll(/\{\{.*?\}\}/g)].flatMap(
    ([one]) => ourExpression(one) ?? [],
  )
  return found[0] === undefined
    ? 'An expression is `{{name}}`, `{{helper argument}}`, or `{{#if}}...{{/if}}`.'
    : `Write \`${found[0]}\`.`
}

/** True when the text contains an expression. */
export function hasExpressions(text: string): boolean {
  return text.includes('{{')
}

function guessColumn(text: string, line: number): number {
  return Math.max(0, (text.split(LINE_BREAK)[line - 1] ?? '').lastIndexOf('{{'))
}

function plainWords(message: string): string {
  const expecting = /Expecting (.*), got '([^']*)'/.exec(message)
  if (expecting?.[2] === 'EOF') return 'the text ends before a block or `}}` was closed'
  if (expecting !== null) return `\`${(expecting[2] ?? '').toLowerCase()}\` is not expected here`
  const [first = message] = message.split('\n')
  return first
}
