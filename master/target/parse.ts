import { AppError } from '../../protocol/errors.ts'
import { suggest } from '../yaml/suggest.ts'

/** Which minions: a tree of words. */
export type Target =
  | { readonly kind: 'all' }
  | { readonly kind: 'is'; readonly field: TargetField; readonly pattern: string }
  | { readonly kind: 'not'; readonly of: Target }
  | { readonly kind: 'and' | 'or'; readonly left: Target; readonly right: Target }

/** `id`, `role`, `level`, `os`, or `grain.<name>`. */
export type TargetField = 'id' | 'role' | 'level' | 'os' | `grain.${string}`

const FIELDS = ['id', 'role', 'level', 'os'] as const
const LONGEST_PATTERN = 128

interface Token {
  readonly text: string
  readonly column: number
}

/**
 * `role=db and not level=production`, `(id=db* or web1) os=debian`: words side by side mean `and`; a bare word is a glob
 * of ids; `*` alone is everybody. TARGET_SYNTAX with a caret. Pure.
 */
export function parseTarget(text: string): Target {
  const tokens = [...text.matchAll(/[()]|[^\s()]+/g)].map(match => ({ text: match[0], column: match.index + 1 }))
  const parser = new TargetParser(text, tokens)
  return parser.parse()
}

/** The fields that the target asks of. Pure. */
export function fieldsOf(target: Target): readonly TargetField[] {
  switch (target.kind) {
    case 'all':
      return []
    case 'is':
      return [target.field]
    case 'not':
      return fieldsOf(target.of)
    case 'and':
    case 'or':
      return [...fieldsOf(target.left), ...fieldsOf(target.right)]
    default:
      return target satisfies never
  }
}

/** Recursive descent: or < and < not < word. */
class TargetParser {
  readonly #text: string
  readonly #tokens: readonly Token[]
  #next = 0

  constructor(text: string, tokens: readonly Token[]) {
    this.#text = text
    this.#tokens = tokens
  }

  parse(): Target {
    if (this.#tokens.length === 0) this.#fail(1, 'expected target words, got nothing', 'Write `*` for all minions.')
    const target = this.#or()
    const rest = this.#tokens[this.#next]
    if (rest !== undefined) this.#fail(rest.column, `expected the end or \`and\`, got \`${rest.text}\``)
    return target
  }

  #or(): Target {
    let left = this.#and()
    while (this.#take('or')) left = { kind: 'or', left, right: this.#and() }
    return left
  }

  #and(): Target {
    let left = this.#not()
    for (;;) {
      const explicit = this.#take('and')
      const next = this.#tokens[this.#next]?.text
      if (!explicit && (next === undefined || next === 'or' || next === ')')) return left
      left = { kind: 'and', left, right: this.#not() }
    }
  }

  #not(): Target {
    if (this.#take('not')) return { kind: 'not', of: this.#not() }
    if (!this.#take('(')) return this.#word()
    const inner = this.#or()
    if (!this.#take(')')) {
      const found = this.#tokens[this.#next]
      this.#fail(found?.column ?? this.#text.length + 1, 'expected `)`', 'Close the parenthesis.')
    }
    return inner
  }

  #word(): Target {
    const token = this.#tokens[this.#next]
    if (token === undefined) return this.#fail(this.#text.length + 1, 'expected a word such as `role=db`, got the end')
    if ([')', 'and', 'or'].includes(token.text)) {
      return this.#fail(token.column, `expected a word such as \`role=db\`, got \`${token.text}\``)
    }
    this.#next += 1
    const split = token.text.indexOf('=')
    if (split < 0) return token.text === '*' ? { kind: 'all' } : this.#is('id', token.text, token.column)
    const field = token.text.slice(0, split)
    return this.#is(this.#field(field, token.column), token.text.slice(split + 1), token.column + split + 1)
  }

  #field(word: string, column: number): TargetField {
    const known = FIELDS.find(field => field === word)
    if (known !== undefined) return known
    if (/^grain\.[a-z0-9_]+$/.test(word)) return word as TargetField
    const near = suggest(word, [...FIELDS, 'grain.'])
    const hint =
      word === 'test'
        ? 'For a dry run: `master test TARGET`.'
        : near === undefined
          ? 'Use `role=`, `level=`, `id=`, `os=` or `grain.<name>=`.'
          : `Did you mean \`${near}=\`?`
    return this.#fail(column, `\`${word}\` is no target word`, hint)
  }

  #is(field: TargetField, pattern: string, column: number): Target {
    if (pattern === '') this.#fail(column, `expected a value after \`${field}=\`, got nothing`)
    if (pattern.length > LONGEST_PATTERN) this.#fail(column, `a pattern has at most ${LONGEST_PATTERN} characters`)
    if (!/^[A-Za-z0-9._*?:-]+$/.test(pattern)) {
      this.#fail(
        column,
        `a pattern is letters, digits, \`. _ : -\` and the wildcards \`*\` and \`?\`, got \`${pattern}\``,
        otherForm(pattern),
      )
    }
    return { kind: 'is', field, pattern }
  }

  #take(word: string): boolean {
    if (this.#tokens[this.#next]?.text !== word) return false
    this.#next += 1
    return true
  }

  #fail(column: number, message: string, hint?: string): never {
    throw new AppError({
      code: 'TARGET_SYNTAX',
      message,
      source: { file: 'target', line: 1, column },
      excerpt: this.#text,
      hint: hint ?? 'For example, write `role=db and level=staging`.',
    })
  }
}

/** Patterns of Ansible and Salt in target words; undefined: the pattern has no such form. */
function otherForm(pattern: string): string | undefined {
  const items = pattern.split(',').filter(item => item !== '')
  if (items.length > 1 && items.every(item => /^[\w.*?:-]+$/.test(item))) return `Write \`${items.join(' or ')}\`.`
  const [, excluded] = /^!([\w.*?-]+)$/.exec(pattern) ?? []
  if (excluded !== undefined) return `Write \`not ${excluded}\`.`
  const [, kind, name, value] = /^([GIPEL])@(?:([\w.]+):)?(.+)$/.exec(pattern) ?? []
  if (kind === 'G' && name !== undefined) return `Write \`${name === 'os' ? 'os' : `grain.${name}`}=${value}\`.`
  if (/[[\]{}^$|+\\]/.test(pattern))
    return 'Join several patterns with `or`: `web1 or web2`; `?` stands for one character.'
  return undefined
}
