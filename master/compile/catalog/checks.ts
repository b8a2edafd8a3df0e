import { type CatalogCheck, patternOf } from '../../../protocol/checks.ts'
import type { Json } from '../../../protocol/json.ts'
import type { SourcePosition } from '../../../protocol/source.ts'
import { decimalOf } from '../../yaml/decimal.ts'
import type { YamlNode } from '../../yaml/node.ts'
import { isCondition } from '../language/condition.ts'
import { renderNode } from '../language/render.ts'
import type { Scope } from '../language/scope.ts'
import { holdsSecret, isTruthy, type SlotTable, type Value } from '../language/value.ts'
import type { CheckDeclaration } from '../role/check-declaration.ts'
import type { RoleRenderer } from '../role/library.ts'
import { type Reference, referencesOf } from './global-arguments.ts'
import { toJson } from './resolve.ts'

/** A rendered check whose requisites are not resolved to states yet. */
export interface ResolvedCheck {
  readonly check: Omit<CatalogCheck, 'after'>
  /** Undefined: depends on all states of its role. */
  readonly require: readonly Reference[] | undefined
}

const DEFAULT_SECONDS = 30
const MOST_SECONDS = 600
const ACCOUNT = /^([a-z_][a-z0-9_.-]{0,31}|\d{1,10})$/

/** Resolves the checks of one role for one minion. Problems go into the sink. */
export function resolveChecks(
  renderer: RoleRenderer,
  role: { readonly name: string; readonly checks: readonly CheckDeclaration[] },
  scope: Scope,
  slots: SlotTable,
): readonly ResolvedCheck[] {
  return role.checks.flatMap(declaration => {
    const reader = new CheckReader(renderer, declaration, scope)
    if (!reader.isWanted()) return []
    const { sink } = renderer
    const before = sink.problems.length
    const { name, position, stdin, env = { entries: [] } } = declaration
    const user = reader.user()
    const input = stdin === undefined ? undefined : reader.maybeSecret(stdin, 'stdin', slots)
    const variables = env.entries.map(
      ({ key, value }) => [key, reader.maybeSecret(value, `env.${key}`, slots)] as const,
    )
    const retries = reader.retries()
    const interval = reader.number(declaration.interval, 'interval', { least: 0.1, most: MOST_SECONDS })
    const check: ResolvedCheck['check'] = {
      key: `${role.name}/${name}`,
      role: role.name,
      name,
      run: reader.argv(),
      ...(user === undefined ? {} : { user }),
      ...(input === undefined ? {} : { stdin: input }),
      ...(variables.length === 0 ? {} : { env: Object.fromEntries(variables) }),
      timeout: reader.number(declaration.timeout, 'timeout', { least: 0.1, most: MOST_SECONDS }) ?? DEFAULT_SECONDS,
      ...(retries === undefined ? {} : { retries }),
      ...(interval === undefined ? {} : { interval }),
      expect: reader.expectation(),
      declaredAt: position,
    }
    const require = reader.requisites()
    return sink.problems.length > before ? [] : [{ check, require }]
  })
}

class CheckReader {
  readonly #renderer: RoleRenderer
  readonly #declaration: CheckDeclaration
  readonly #scope: Scope

  constructor(renderer: RoleRenderer, declaration: CheckDeclaration, scope: Scope) {
    this.#renderer = renderer
    this.#declaration = declaration
    this.#scope = scope
  }

  isWanted(): boolean {
    const { when } = this.#declaration
    if (when === undefined) return true
    if (!isCondition(this.#renderer, when)) return false
    const value = this.#shown(when, 'when', 'Use a key that is not secret.')
    return value !== undefined && isTruthy(value)
  }

  argv(): readonly string[] {
    const { run } = this.#declaration
    const words = this.#shown(run, 'run', 'Pass it in `stdin:` or `env:`; arguments are visible in process lists.')
    if (words === undefined) return []
    const list: readonly Value[] = Array.isArray(words) ? words : []
    if (list.every(word => typeof word === 'string' || typeof word === 'number')) return list.map(String)
    this.#wrong(run.position, 'run', 'a list of program and arguments, all of them text', words)
    return []
  }

  user(): string | undefined {
    const { user } = this.#declaration
    const name = this.#text(user, 'user')
    if (user === undefined || name === undefined || ACCOUNT.test(name)) return name
    this.#wrong(user.position, 'user', 'the name or number of a user', name)
    return undefined
  }

  /** Renders text that may hold secrets, which become slots. */
  maybeSecret(node: YamlNode, what: string, slots: SlotTable): Json {
    const value = renderNode(this.#renderer, node, this.#scope)
    if (value === undefined) return ''
    if (typeof value === 'number' || typeof value === 'boolean') return String(value)
    if (typeof value === 'string' || holdsSecret(value)) {
      return this.#renderer.sink.attempt(node.position, () => toJson(value, slots)) ?? ''
    }
    this.#wrong(node.position, what, 'text', value)
    return ''
  }

  expectation(): CatalogCheck['expect'] {
    const { exit, stdout, stdout_contains, stderr } = this.#declaration.expect
    const out = this.#pattern(stdout, 'expect.stdout')
    const contains = this.#text(stdout_contains, 'expect.stdout_contains')
    const err = this.#pattern(stderr, 'expect.stderr')
    return {
      exit: this.#whole(exit, 'expect.exit', { least: 0, most: 255 }) ?? 0,
      ...(out === undefined ? {} : { stdout: out }),
      ...(contains === undefined ? {} : { stdoutContains: contains }),
      ...(err === undefined ? {} : { stderr: err }),
    }
  }

  retries(): number | undefined {
    return this.#whole(this.#declaration.retries, 'retries', { least: 0, most: 100 })
  }

  #whole(
    node: YamlNode | undefined,
    what: string,
    bounds: { readonly least: number; readonly most: number },
  ): number | undefined {
    const value = this.number(node, what, bounds)
    if (node === undefined || value === undefined || Number.isInteger(value)) return value
    this.#wrong(node.position, what, 'a whole number', value)
    return undefined
  }

  number(
    node: YamlNode | undefined,
    what: string,
    { least, most }: { readonly least: number; readonly most: number },
  ): number | undefined {
    const shown = node === undefined ? undefined : this.#shown(node, what)
    if (node === undefined || shown === undefined) return undefined
    const value = decimalOf(shown)
    if (typeof value === 'number' && value >= least && value <= most) return value
    this.#wrong(node.position, what, `a number from ${least} to ${most}`, value)
    return undefined
  }

  requisites(): readonly Reference[] | undefined {
    const { require } = this.#declaration
    const value = require === undefined ? undefined : this.#shown(require, 'require')
    if (require === undefined || value === undefined) return undefined
    const found = referencesOf(value, require.position)
    if (found === undefined) this.#wrong(require.position, 'require', 'a list of `{type: id}`', value)
    return found
  }

  #pattern(node: YamlNode | undefined, what: string): string | undefined {
    const text = this.#text(node, what)
    const pattern = text === undefined ? undefined : patternOf(text)
    if (node === undefined || pattern === undefined) return text
    try {
      new RegExp(pattern.source, pattern.flags)
      return text
    } catch (error) {
      this.#add('PARAM_INVALID', node.position, `\`${what}\` is not a regular expression: ${(error as Error).message}`)
      return undefined
    }
  }

  #text(node: YamlNode | undefined, what: string): string | undefined {
    const value = node === undefined ? undefined : this.#shown(node, what)
    if (node === undefined || value === undefined) return undefined
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value)
    this.#wrong(node.position, what, 'text', value)
    return undefined
  }

  /** Renders a value that must not be secret; undefined when there is a problem. */
  #shown(
    node: YamlNode,
    what: string,
    hint = 'The expected value of a check is shown; compare a hash instead.',
  ): Value | undefined {
    const value = renderNode(this.#renderer, node, this.#scope)
    if (value === undefined || !holdsSecret(value)) return value
    const { name } = this.#declaration
    this.#add('SECRET_IN_EXPRESSION', node.position, `\`${what}\` of the check \`${name}\` cannot hold a secret`, hint)
    return undefined
  }

  #wrong(source: SourcePosition, what: string, expected: string, found: Value): void {
    this.#add('PARAM_INVALID', source, `\`${what}\` must be ${expected}, got ${JSON.stringify(found).slice(0, 80)}`)
  }

  #add(code: 'PARAM_INVALID' | 'SECRET_IN_EXPRESSION', source: SourcePosition, message: string, hint?: string): void {
    this.#renderer.sink.add({ code, message, source, ...(hint === undefined ? {} : { hint }) })
  }
}
