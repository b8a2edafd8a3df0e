import type { ErrorCode } from '../../../protocol/errors.ts'
import { Secret } from '../../../protocol/secret.ts'
import type { SourcePosition } from '../../../protocol/source.ts'
import { suggest } from '../../yaml/suggest.ts'
import type { AstBlock, AstCall, AstExpression, AstPath, AstProgram, AstStatement } from './expression.ts'
import { HELPERS } from './helpers.ts'
import { ExpressionError, resolvePath, type Scope } from './scope.ts'
import { isTruthy, isValueMap, Rendered, textOfParts, type Value, type ValueMap } from './value.ts'

/** Evaluates expressions in a scope. Every name that is evaluated must resolve. Pure. */

type Part = string | Secret<string>
type Place = (line: number, column: number) => SourcePosition

/** Renders a program to text. Throws ExpressionError with its position. */
export function renderProgram(program: AstProgram, scope: Scope, place: Place): string | Rendered {
  return textOfParts(renderStatements(program.body, scope, place))
}

/** Continues after a failed statement, so that all problems are reported at once. */
function renderStatements(statements: readonly AstStatement[], scope: Scope, place: Place): readonly Part[] {
  const errors: ExpressionError[] = []
  const parts = statements.flatMap(statement => {
    try {
      return renderStatement(statement, scope, place)
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error
      errors.push(error, ...error.others)
      return []
    }
  })
  const [first, ...others] = errors
  if (first === undefined) return parts
  throw new ExpressionError(first.problem, first.at, others)
}

/** Evaluates a program that is a single `{{expression}}` and keeps its type; undefined for any other program. */
export function wholeValue(program: AstProgram, scope: Scope, place: Place): { readonly value: Value } | undefined {
  const [only] = program.body
  if (program.body.length !== 1 || only?.type !== 'MustacheStatement') return undefined
  return { value: evaluate(only, scope, place) }
}

function renderStatement(statement: AstStatement, scope: Scope, place: Place): readonly Part[] {
  switch (statement.type) {
    case 'ContentStatement':
      return [statement.value]
    case 'CommentStatement':
      return []
    case 'MustacheStatement':
      return located(statement, place, () => toText(evaluate(statement, scope, place), statement))
    case 'BlockStatement':
      return renderBlock(statement, scope, place)
    case 'SubExpression':
    case 'PartialStatement':
    case 'PartialBlockStatement':
    case 'Decorator':
    case 'DecoratorBlock':
      return located(statement, place, () => {
        throw new ExpressionError({
          code: 'EXPRESSION_INVALID',
          message: 'partials and decorators are not supported',
          hint: 'Include a role, or write the text out.',
        })
      })
    default:
      return statement satisfies never
  }
}

function renderBlock(block: AstBlock, scope: Scope, place: Place): readonly Part[] {
  const name = block.path.type === 'PathExpression' ? block.path.original : ''
  const [subject] = block.params
  const render = (program: AstProgram | undefined, inner: Scope): readonly Part[] => {
    return program === undefined ? [] : renderStatements(program.body, inner, place)
  }
  return located(block, place, () => {
    if (!['if', 'unless', 'each', 'with'].includes(name)) {
      throw new ExpressionError({
        code: 'EXPRESSION_INVALID',
        message: `there is no block \`#${name}\``,
        hint: 'The blocks are `#if`, `#unless`, `#each` and `#with`.',
      })
    }
    if (subject === undefined || block.params.length > 1) {
      throw new ExpressionError({
        code: 'EXPRESSION_INVALID',
        message: `\`#${name}\` takes one argument, got ${block.params.length}`,
        hint: `Put a longer one in parentheses: \`{{#${name} (and a b)}}\`.`,
      })
    }
    const value = evaluate(subject, scope, place)
    if (value instanceof Secret || value instanceof Rendered) throw secretInExpression(value, `#${name}`)
    const yes = isTruthy(value)
    if (name === 'if') return render(yes ? block.program : block.inverse, scope)
    if (name === 'unless') return render(yes ? block.inverse : block.program, scope)
    if (!yes) return render(block.inverse, scope)
    if (name === 'with') return render(block.program, inside(scope, block.program, value, {}))
    return itemsOf(value).flatMap(({ item, data }) => render(block.program, inside(scope, block.program, item, data)))
  })
}

function itemsOf(value: Value): readonly { readonly item: Value; readonly data: ValueMap }[] {
  const pairs: readonly (readonly [string | number, Value])[] = Array.isArray(value)
    ? value.map((item: Value, index) => [index, item] as const)
    : isValueMap(value)
      ? Object.entries(value)
      : []
  if (!Array.isArray(value) && !isValueMap(value)) {
    throw new ExpressionError({
      code: 'EXPRESSION_INVALID',
      message: '`#each` needs a list or a map, got one value',
    })
  }
  return pairs.map(([key, item], index) => ({
    item,
    data: { key, index, first: index === 0, last: index === pairs.length - 1 },
  }))
}

function inside(scope: Scope, program: AstProgram, self: Value, data: ValueMap): Scope {
  const [itemName, keyName] = program.blockParams ?? []
  const named: { [name: string]: Value } = isValueMap(self) ? { ...self } : {}
  if (itemName !== undefined) named[itemName] = self
  if (keyName !== undefined) named[keyName] = data['key'] ?? data['index'] ?? null
  return { ...scope, frames: [...scope.frames, named], self, data }
}

/** Evaluates one expression. */
function evaluate(expression: AstExpression, scope: Scope, place: Place): Value {
  return located(expression, place, () => {
    switch (expression.type) {
      case 'StringLiteral':
      case 'NumberLiteral':
      case 'BooleanLiteral':
        return expression.value ?? null
      case 'NullLiteral':
      case 'UndefinedLiteral':
        return null
      case 'PathExpression':
        return valueOfPath(expression, scope)
      case 'MustacheStatement':
      case 'SubExpression':
        return call(expression, scope, place)
      default:
        return expression satisfies never
    }
  })
}

function valueOfPath(path: AstPath, scope: Scope): Value {
  if (!path.data) return resolvePath(scope, path.parts, path.depth)
  const name = path.parts[0] ?? ''
  const value = Object.hasOwn(scope.data, name) ? scope.data[name] : undefined
  if (value !== undefined && path.parts.length === 1) return value
  throw new ExpressionError({
    code: 'NAME_UNKNOWN',
    message: `there is no \`${path.original}\` here`,
    hint: 'Inside `#each` there are `@index`, `@key`, `@first` and `@last`.',
  })
}

function call(expression: AstCall, scope: Scope, place: Place): Value {
  const { path, params, hash } = expression
  const pairs = hash?.pairs ?? []
  if (path.type !== 'PathExpression') {
    if (params.length === 0 && pairs.length === 0) return evaluate(path, scope, place)
    throw new ExpressionError({
      code: 'EXPRESSION_INVALID',
      message:
        'an expression begins with a name or a helper; this one begins with a value, and the rest would be ignored',
      hint: isWord(params[0], 'if') ? TERNARY : 'Write `{{helper argument}}`, for example `{{concat "a" minion.id}}`.',
    })
  }
  const isHelper = Object.hasOwn(HELPERS, path.original)
  if (params.length === 0 && pairs.length === 0 && !(isHelper && expression.type === 'SubExpression')) {
    return valueOfPath(path, scope)
  }
  const helper = isHelper ? HELPERS[path.original] : undefined
  if (helper === undefined) {
    const near = suggest(path.original, Object.keys(HELPERS))
    throw new ExpressionError({
      code: 'NAME_UNKNOWN',
      message: `there is no helper \`${path.original}\``,
      hint: isWord(params[0], 'if')
        ? TERNARY
        : near === undefined
          ? 'docs/role-language.md lists all helpers.'
          : `Did you mean \`${near}\`?`,
    })
  }
  for (const { key } of pairs) {
    if (helper.named?.includes(key) === true) continue
    throw new ExpressionError({
      code: 'EXPRESSION_INVALID',
      message: `\`${path.original}\` has no argument named \`${key}\``,
      hint:
        helper.named === undefined
          ? `It takes none by name: \`${helper.example}\`.`
          : `It has ${helper.named.map(name => `\`${name}\``).join(', ')}: \`${helper.example}\`.`,
    })
  }
  const [least, most] = helper.arity
  if (params.length < least || params.length > most) {
    const wanted = least === most ? String(least) : most === Infinity ? `${least} or more` : `${least} to ${most}`
    throw new ExpressionError({
      code: 'EXPRESSION_INVALID',
      message: `\`${path.original}\` takes ${wanted} argument${wanted === '1' ? '' : 's'}, got ${params.length}`,
      hint: `For example, write \`${helper.example}\`.`,
    })
  }
  const take = (param: AstExpression): Value => {
    try {
      return evaluate(param, scope, place)
    } catch (error) {
      // `default` and `has` accept absent names, but an unknown root stays an error.
      if (helper.forgives && error instanceof ExpressionError && isAbsence(error, param, scope)) return null
      throw error
    }
  }
  const values = params.map(take)
  const named = Object.fromEntries(pairs.map(({ key, value }) => [key, take(value)]))
  if (!helper.takesSecrets) {
    const secret = [...values, ...Object.values(named)].find(
      value => value instanceof Secret || value instanceof Rendered,
    )
    if (secret !== undefined) throw secretInExpression(secret as Secret<string> | Rendered, path.original)
  }
  return helper.run(values, named, scope.environment)
}

const ABSENT: readonly ErrorCode[] = ['NAME_UNKNOWN', 'PILLAR_MISSING', 'ADDRESS_UNKNOWN']
const TERNARY = 'Write `{{if_else (eq a b) "yes" "no"}}`: condition, value if true, value if false.'

function isWord(param: AstExpression | undefined, word: string): boolean {
  return param?.type === 'PathExpression' && param.original === word
}

function isAbsence(error: ExpressionError, param: AstExpression, scope: Scope): boolean {
  if (!ABSENT.includes(error.problem.code)) return false
  if (param.type !== 'PathExpression' || param.data) return false
  const [root = ''] = param.parts
  return param.parts.length > 1 && scope.frames.some(frame => Object.hasOwn(frame, root))
}

function toText(value: Value, { path }: AstCall): readonly Part[] {
  const name = path.type === 'PathExpression' ? path.original : 'the expression'
  if (value instanceof Secret) return [value]
  if (value instanceof Rendered) return value.parts
  if (typeof value === 'string') return [value]
  if (typeof value === 'number' || typeof value === 'boolean') return [String(value)]
  if (value === null) {
    throw new ExpressionError({
      code: 'EXPRESSION_INVALID',
      message: `\`${name}\` has no value here`,
      hint: `Write \`{{default ${name} "..."}}\`, or put it in \`{{#if ${name}}}\`.`,
    })
  }
  throw new ExpressionError({
    code: 'EXPRESSION_INVALID',
    message: `\`${name}\` is ${Array.isArray(value) ? 'a list' : 'a map'} and cannot be inserted into text`,
    hint: `Write \`{{json ${name}}}\`, or \`{{join ${name} ", "}}\`.`,
  })
}

function secretInExpression(value: Secret<string> | Rendered, where: string): ExpressionError {
  const path = value instanceof Secret ? value.path : 'text with secrets'
  return new ExpressionError({
    code: 'SECRET_IN_EXPRESSION',
    message: `the secret \`${path}\` cannot be used in \`${where}\`: the result would reveal it`,
    hint: 'A secret can only be inserted: `{{pillar...}}` in text, or with `json`, `base64`, `quote`.',
  })
}

function located<T>(node: { readonly loc: AstCall['loc'] }, place: Place, run: () => T): T {
  try {
    return run()
  } catch (error) {
    if (!(error instanceof ExpressionError) || error.at !== undefined) throw error
    throw new ExpressionError(error.problem, place(node.loc.start.line, node.loc.start.column), error.others)
  }
}
