import { AppError } from '../../protocol/errors.ts'
import { allOf, anyOf, type Condition, type Groups, NO_GROUPS, partsOf, type Target } from './target.ts'
import { isBare, strayComma, type Token, tokensOf } from './tokens.ts'
import { type TargetRules, targetOfWord } from './word.ts'

/** The longest target, in characters: room for several thousand ids. */
export const LONGEST_TARGET = 256 * 1024
/** Maximum nesting of parentheses and `not`. */
const DEEPEST = 50
/** Maximum number of terms other than ids; any number of ids costs the same. */
const MOST_TERMS = 500
/** Parentheses hold targets, which no comma joins. */
const COMMA_HINT = 'Leave the comma out; between parentheses write `or` for either, `and` for both.'
/** An error about a longer text does not quote it. */
const LONGEST_EXCERPT = 300

/**
 * `role=db and not level=production`, `web1 web2`, `web1,web2 os=debian`. Bare words are ids, globs of ids or groups, and several
 * of them mean any of them; every other word narrows. `*` alone is all minions. TARGET_SYNTAX with a caret. Pure.
 */
export function parseTarget(text: string, groups: Groups = NO_GROUPS): Target {
  return new TargetParser(text, { use: 'typed', groups }).parse()
}

/** The conditions that a target asks for, whatever groups there are. TARGET_SYNTAX. Pure. */
export function conditionsIn(text: string): ReadonlySet<Condition> {
  const target = new TargetParser(text, { use: 'typed', groups: undefined }).parse()
  return new Set(partsOf(target, 'condition').map(({ condition }) => condition))
}

/** What a group of fleet.yml holds: no conditions, since a group is the same for everybody and at any time. Pure. */
export function parseGroup(text: string, groups: Groups): Target {
  return new TargetParser(text, { use: 'group', groups }).parse()
}

/**
 * Checks a target that is kept in a file: bare words side by side are refused there, because in earlier versions they meant
 * minions that fit all of them. Without `groups`, every name is taken for one. TARGET_SYNTAX. Pure.
 */
export function parseSaved(text: string, groups: Groups | undefined): Target {
  return new TargetParser(text, { use: 'saved', groups }).parse()
}

/**
 * The same for what a right or a pillar file is given to. Bare words side by side are refused, since `and` and `or` differ too much
 * there, and so is a group without `group=`. Pure.
 */
export function parseGrant(text: string, groups: Groups = NO_GROUPS): Target {
  return new TargetParser(text, { use: 'grant', groups }).parse()
}

/** Recursive descent. Precedence: or < and < adjacent words < not < word. */
class TargetParser {
  readonly #text: string
  readonly #tokens: readonly Token[]
  readonly #rules: TargetRules
  #next = 0
  #depth = 0
  #terms = 0

  constructor(text: string, rules: TargetRules) {
    this.#text = text
    this.#tokens = tokensOf(text)
    this.#rules = rules
  }

  parse(): Target {
    if (this.#tokens.length === 0) this.#fail(1, 'expected target words, got nothing', 'Write `*` for all minions.')
    const comma = strayComma(this.#text, this.#tokens)
    if (comma !== undefined) this.#fail(comma, 'a comma must stand between two ids or values', COMMA_HINT)
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
        if ((this.#rules.use === 'grant' || this.#rules.use === 'saved') && first !== undefined)
          this.#failSideBySide(first, token)
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
    if (!isBare(token.text)) this.#terms += 1
    if (this.#terms > MOST_TERMS) this.#fail(token.column, `a target has at most ${MOST_TERMS} terms besides ids`)
    return targetOfWord(token, this.#rules, (column, message, hint) => this.#fail(column, message, hint))
  }

  #take(word: string): boolean {
    if (this.#tokens[this.#next]?.text !== word) return false
    this.#next += 1
    return true
  }

  /** Ambiguous: readers disagree on whether the second id is excluded too. */
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
