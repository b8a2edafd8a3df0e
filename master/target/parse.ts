import { AppError } from '../../protocol/errors.ts'
import { suggest } from '../yaml/suggest.ts'
import { foreignForm } from './habits.ts'
import { allOf, anyOf, FIELDS, patternsOf, type Target, type TargetField } from './target.ts'
import { isBare, itemsOf, type Token, tokensOf } from './tokens.ts'

/** Room for some thousand ids. */
export const LONGEST_TARGET = 256 * 1024
const LONGEST_PATTERN = 128
/** Parentheses and `not` inside each other. */
const DEEPEST = 50
/** Terms other than ids, which cost the same however many they are. */
const MOST_TERMS = 500
/** A longer text is not repeated in the error about it. */
const LONGEST_EXCERPT = 300

/**
 * `role=db and not level=production`, `web1 web2`, `web1,web2 os=debian`. Bare words are ids or globs of ids, and several of
 * them mean any of them; every other word narrows. `*` alone is all minions. TARGET_SYNTAX with a caret. Pure.
 */
export function parseTarget(text: string): Target {
  return new TargetParser(text, tokensOf(text), false).parse()
}

/**
 * The same for what a right or a pillar file is given to: bare words side by side are refused, since `and` and `or` differ too
 * much there. Pure.
 */
export function parseGrant(text: string): Target {
  return new TargetParser(text, tokensOf(text), true).parse()
}

/** Recursive descent: or < and < side by side < not < word. */
class TargetParser {
  readonly #text: string
  readonly #tokens: readonly Token[]
  readonly #isGrant: boolean
  #next = 0
  #depth = 0
  #terms = 0

  constructor(text: string, tokens: readonly Token[], isGrant: boolean) {
    this.#text = text
    this.#tokens = tokens
    this.#isGrant = isGrant
  }

  parse(): Target {
    if (this.#tokens.length === 0) this.#fail(1, 'expected target words, got nothing', 'Write `*` for all minions.')
    const target = this.#or()
    const rest = this.#tokens[this.#next]
    if (rest !== undefined) this.#fail(rest.column, `expected the end or \`and\`, got \`${rest.text}\``)
    return target
  }

  #or(): Target {
    const any = [this.#and()]
    while (this.#take('or')) any.push(this.#and())
    return anyOf(any)
  }

  #and(): Target {
    const all = [this.#sideBySide()]
    while (this.#take('and')) all.push(this.#sideBySide())
    return allOf(all)
  }

  /** Bare words are alternatives; all others narrow. */
  #sideBySide(): Target {
    const bare: Target[] = []
    const narrowing: Target[] = []
    let first: Token | undefined
    let withoutId: Token | undefined
    do {
      const token = this.#tokens[this.#next]
      if (token !== undefined && isBare(token.text)) {
        if (withoutId !== undefined) this.#failAfterNot(withoutId, token)
        if (this.#isGrant && first !== undefined) this.#failSideBySide(first, token)
        first ??= token
        bare.push(this.#unit())
        if (bare.length > 1 && bare.some(({ kind }) => kind === 'all')) {
          this.#fail(token.column, '`*` is all minions, so no other id can stand beside it', 'Leave one of them out.')
        }
      } else {
        const negated = token?.text === 'not' ? this.#tokens[this.#next + 1] : undefined
        if (negated !== undefined && isBare(negated.text)) withoutId = negated
        narrowing.push(this.#not())
      }
    } while (this.#goesOn())
    return allOf(bare.length === 0 ? narrowing : [anyOf(bare), ...narrowing])
  }

  #goesOn(): boolean {
    const next = this.#tokens[this.#next]?.text
    return next !== undefined && next !== 'or' && next !== 'and' && next !== ')'
  }

  #not(): Target {
    const begin = this.#tokens[this.#next]
    if (!this.#take('not')) return this.#unit()
    return { kind: 'not', of: this.#deeper(begin, () => this.#not()) }
  }

  #unit(): Target {
    const begin = this.#tokens[this.#next]
    if (!this.#take('(')) return this.#word()
    const inner = this.#deeper(begin, () => this.#or())
    if (!this.#take(')')) {
      const found = this.#tokens[this.#next]
      this.#fail(found?.column ?? this.#text.length + 1, 'expected `)`', 'Close the parenthesis.')
    }
    return inner
  }

  #deeper(begin: Token | undefined, parse: () => Target): Target {
    this.#depth += 1
    if (this.#depth > DEEPEST)
      this.#fail(begin?.column ?? 1, `a target has at most ${DEEPEST} levels of \`(\` and \`not\``)
    const target = parse()
    this.#depth -= 1
    return target
  }

  #word(): Target {
    const token = this.#tokens[this.#next]
    if (token === undefined) return this.#fail(this.#text.length + 1, 'expected a word such as `role=db`, got the end')
    if ([')', 'and', 'or'].includes(token.text)) {
      return this.#fail(token.column, `expected a word such as \`role=db\`, got \`${token.text}\``)
    }
    this.#next += 1
    const [first, ...others] = itemsOf(token)
    if (token.text === '*') return { kind: 'all' }
    if (others.length > 0) for (const item of [first, ...others]) this.#checkListed(first, item)
    const split = first.text.indexOf('=')
    if (split < 0) return this.#is('id', [first, ...others])
    const field = this.#field(first)
    this.#terms += 1
    if (this.#terms > MOST_TERMS) this.#fail(token.column, `a target has at most ${MOST_TERMS} terms besides ids`)
    return this.#is(field, [{ text: first.text.slice(split + 1), column: first.column + split + 1 }, ...others])
  }

  /** What follows a comma is one more of the same. */
  #checkListed(first: Token, { text, column }: Token): void {
    if (['and', 'or', 'not', '*'].includes(text)) {
      this.#fail(column, `expected an id or a value beside the comma, got \`${text}\``, 'Leave the comma out.')
    }
    if (column === first.column || !text.includes('=')) return
    const hint = `For both, write \`${first.text} ${text}\`; for either, \`${first.text} or ${text}\`.`
    this.#fail(column, `a comma separates ids, or values of one field, got \`${text}\` after it`, hint)
  }

  #field({ text, column }: Token): TargetField {
    const word = text.slice(0, text.indexOf('='))
    const known = FIELDS.find(field => field === word)
    if (known !== undefined) return known
    if (/^grain\.[a-z0-9_]+$/.test(word)) return word as TargetField
    const near = suggest(word, [...FIELDS, 'grain.'])
    const hint = ARGUMENTS.get(word) ?? (near === undefined ? FIELD_HINT : `Did you mean \`${near}=\`?`)
    return this.#fail(column, `\`${word}\` is no target word`, hint)
  }

  #is(field: TargetField, values: readonly Token[]): Target {
    for (const { text, column } of values) {
      if (text === '') this.#fail(column, `expected a value after \`${field}=\`, got nothing`)
      if (text.length > LONGEST_PATTERN) this.#fail(column, `a pattern has at most ${LONGEST_PATTERN} characters`)
      if (field === 'id') this.#checkId(text, column)
      else if (!/^[A-Za-z0-9._*?:-]+$/.test(text)) {
        const message = `a value is letters, digits, \`. _ : -\` and the wildcards \`*\` and \`?\`, got \`${text}\``
        this.#fail(column, message, foreignForm(text))
      }
    }
    return { kind: 'is', field, ...patternsOf(values.map(({ text }) => text)) }
  }

  #checkId(text: string, column: number): void {
    if (text === 'all') {
      this.#fail(column, '`all` is no target word', "Write `'*'` for all minions, in quotes for the shell.")
    }
    if (text.startsWith('@') || text === '-') {
      const hint = 'Only the command line reads ids from a file: name them here, or define a group in fleet.yml.'
      this.#fail(column, `\`${text}\` cannot be read here`, hint)
    }
    if (/^[a-z0-9._*?-]+$/.test(text)) return
    const message = `an id is lower-case letters, digits, \`.\` and \`-\`, or a glob with \`*\` and \`?\`, got \`${text}\``
    this.#fail(column, message, foreignForm(text))
  }

  #take(word: string): boolean {
    if (this.#tokens[this.#next]?.text !== word) return false
    this.#next += 1
    return true
  }

  /** Whether the second id is left out too depends on who reads it. */
  #failAfterNot(first: Token, { text, column }: Token): never {
    const hint = `To leave out both, write \`not ${first.text},${text}\`; otherwise name \`${text}\` before \`not\`.`
    this.#fail(column, `\`${text}\` after \`not ${first.text}\` can be read in two ways`, hint)
  }

  #failSideBySide(first: Token, { text, column }: Token): never {
    const hint = `For either, write \`${first.text},${text}\`; for minions that fit both, \`${first.text} and ${text}\`.`
    this.#fail(column, `\`${first.text}\` and \`${text}\` stand side by side`, hint)
  }

  #fail(column: number, message: string, hint = 'For example, write `role=db and level=staging`.'): never {
    const source = { file: 'target', line: 1, column }
    const excerpt = this.#text.length > LONGEST_EXCERPT ? {} : { excerpt: this.#text }
    throw new AppError({ code: 'TARGET_SYNTAX', message, source, ...excerpt, hint })
  }
}

const FIELD_HINT = 'Use `role=`, `level=`, `id=`, `os=` or `grain.<name>=`.'

/** What users of Salt and Ansible write behind the name of a command, and what to do here. */
const ARGUMENTS: ReadonlyMap<string, string> = new Map([
  ['test', 'For a dry run: `master test TARGET`.'],
  ['check', 'For a dry run: `master test TARGET`.'],
  ['saltenv', 'Use `level=`.'],
  ['pillarenv', 'Use `level=`.'],
  ['env', 'Use `level=`.'],
  ['pillar', 'Put the values into a pillar file: `master pillar set` seals secrets.'],
  ['roles', 'Use `role=`.'],
  ['host', 'Use the id of the minion: `web1`, or `id=web1`.'],
  ['hosts', 'Use the ids of the minions: `web1,web2`.'],
  ['name', 'Use the id of the minion: `web1`, or `id=web1`.'],
])
