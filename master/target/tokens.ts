import { isCondition } from './target.ts'

/** A parenthesis, or words joined by commas. */
export interface Token {
  readonly text: string
  readonly column: number
}

const TOKEN = /[()]|[^\s(),]+(?:(?:\s*,)+\s*[^\s(),]+)*/g

/** Pure. */
export function tokensOf(text: string): readonly Token[] {
  return [...text.matchAll(TOKEN)].map(match => ({ text: match[0], column: match.index + 1 }))
}

/** The column of a comma that joins no two words; undefined: there is none. Pure. */
export function strayComma(text: string, tokens: readonly Token[]): number | undefined {
  let end = 0
  for (const token of [...tokens, { text: '', column: text.length + 1 }]) {
    const comma = text.slice(end, token.column - 1).indexOf(',')
    if (comma >= 0) return end + comma + 1
    end = token.column - 1 + token.text.length
  }
  return undefined
}

/** Splits a list into its parts, each with its position. Pure. */
export function itemsOf({ text, column }: Token): readonly [Token, ...Token[]] {
  const items = [...text.matchAll(/[^\s,]+/g)].map(({ 0: item, index }) => ({ text: item, column: column + index }))
  const [first = { text, column }, ...others] = items
  return [first, ...others]
}

/** A word that names minions by itself: an id, a glob, a group, or a list of them. Pure. */
export function isBare(text: string): boolean {
  if (['(', ')', 'and', 'or', 'not'].includes(text) || text.includes('=')) return false
  return !text.split(/[\s,]+/).every(item => isCondition(item))
}
