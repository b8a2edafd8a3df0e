import { AppError } from '../../protocol/errors.ts'
import { isReservedId } from '../../protocol/ids.ts'

/** A parenthesis, or words joined by commas, as the master splits a target. */
const TOKEN = /[()]|[^\s(),]+(?:(?:\s*,)+\s*[^\s(),]+)*/g

interface Token {
  readonly text: string
  readonly column: number
}

/** A word of a target that reads ids from files or stdin. */
export interface ListPlace {
  readonly at: number
  readonly length: number
  /** What the word names, in its order: an id or glob that was typed, or a list such as `@FILE` or `-`. */
  readonly items: readonly string[]
}

/** True for `@FILE` and `-`. */
export function isList(item: string): boolean {
  return item === '-' || /^@./.test(item)
}

/**
 * Finds every word of a target that reads a list. Such a word becomes `id=a,b`, so that no entry of a file can be a group or a
 * target word. Throws TARGET_SYNTAX where that would change what the other words mean. Pure.
 */
export function listPlaces(target: string): readonly ListPlace[] {
  const tokens = [...target.matchAll(TOKEN)].map(match => ({ text: match[0], column: match.index + 1 }))
  const places = tokens.flatMap((token): readonly ListPlace[] => {
    const items = listedIn(token, target)
    return items === undefined ? [] : [{ at: token.column - 1, length: token.text.length, items }]
  })
  if (places.length > 0) refuseNeighbours(target, tokens)
  return places
}

/** The items of a word that has a list; undefined for any other word. */
function listedIn(token: Token, target: string): readonly string[] | undefined {
  const [first = '', ...others] = itemsOf(token)
  const split = first.startsWith('@') ? -1 : first.indexOf('=')
  const field = split < 0 ? undefined : first.slice(0, split)
  const items = [first.slice(split + 1), ...others]
  // `-` alone is a value that a grain can have.
  if (
    !items.some((item, index) => isList(item) && (index > 0 || item !== '-' || field === undefined || field === 'id'))
  )
    return undefined
  if (field !== undefined && field !== 'id') {
    fail(
      target,
      token.column,
      `a list of ids cannot stand behind \`${field}=\``,
      `A list has ids of minions. For both, write \`${field}=VALUE @FILE\`; for either, \`${field}=VALUE or @FILE\`.`,
    )
  }
  const typed = items.find(item => !isList(item))
  if (field === undefined && typed !== undefined) {
    const either = `${typed} or ${items.find(isList)}`
    fail(
      target,
      token.column,
      `\`${typed}\` cannot stand in one list with ids from a file`,
      `Write \`id=${items.join(',')}\` if \`${typed}\` is the id of a minion, and \`${either}\` if it is a group.`,
    )
  }
  return items
}

/** The words of one level of parentheses since the last `and` or `or`. */
interface Chain {
  positive: Token | undefined
  negated: Token | undefined
}

/** A bare word beside a list: ids side by side mean any of them, but `id=` narrows. */
function refuseNeighbours(target: string, tokens: readonly Token[]): void {
  const open: Chain[] = []
  let chain: Chain = { positive: undefined, negated: undefined }
  for (const [index, token] of tokens.entries()) {
    const { text } = token
    if (text === '(') {
      open.push(chain)
      chain = { positive: undefined, negated: undefined }
    } else if (text === ')') chain = open.pop() ?? chain
    else if (text === 'and' || text === 'or') chain = { positive: undefined, negated: undefined }
    else if (isBare(token) || hasList(token)) {
      const isNegated = tokens[index - 1]?.text === 'not'
      for (const other of [chain.positive, chain.negated]) {
        if (isNegated || other === undefined || !(hasList(token) || hasList(other))) continue
        failBeside(target, other, token, other === chain.negated)
      }
      if (isNegated) chain.negated = token
      else chain.positive = token
    }
  }
}

/** True for a list without `id=`: with it, the list narrows as it is written. */
function hasList(token: Token): boolean {
  return isBareList(itemsOf(token))
}

function isBareList([first = '', ...others]: readonly string[]): boolean {
  return isList(first) || (!first.includes('=') && others.some(isList))
}

/** An id, a glob, a group, or a list of them. */
function isBare(token: Token): boolean {
  return !token.text.includes('=') && itemsOf(token).some(item => !isReservedId(item))
}

function itemsOf({ text }: Token): readonly string[] {
  return text.match(/[^\s,]+/g) ?? []
}

function failBeside(target: string, first: Token, { text, column }: Token, isLeftOut: boolean): never {
  const all = `id=${first.text},${text}`
  const hint = isLeftOut
    ? `To leave out both, write \`not ${all}\`; otherwise name \`${text}\` before \`not\`.`
    : `For any of them, write \`${all}\`; for minions in both, write \`and\` between them.`
  fail(
    target,
    column,
    `\`${first.text}\` and \`${text}\` cannot stand side by side, because one is a list of ids`,
    hint,
  )
}

function fail(excerpt: string, column: number, message: string, hint: string): never {
  const source = { file: 'target', line: 1, column }
  throw new AppError({ code: 'TARGET_SYNTAX', message, source, ...(excerpt.length > 300 ? {} : { excerpt }), hint })
}
