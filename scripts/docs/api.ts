import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Node } from 'typescript/unstable/ast'
import { type Checker, type Project, type Symbol, SymbolFlags, type Type } from 'typescript/unstable/sync'
import { z } from 'zod'
import { COMMANDS } from '../../master/cli/commands/index.ts'
import { type AnyVerb, VERBS } from '../../master/verbs/index.ts'
import { ERROR_CODES } from '../../protocol/errors.ts'
import { PROJECT, readVerbTypes, type VerbTypes, withProject } from './verb-types.ts'

/** Flags of the compiler's printer: no truncation, expanded aliases, one member per line. */
const WHOLE = 1
const IN_ALIAS = 1 << 23
const MANY_LINES = 1 << 10

const HEAD = `# The API and the shapes of \`--json\`

Every command with \`--output json\` prints the result of its verb as it stands here (\`compliance\` and \`compliance show\` print the report alone), and the sockets of the master answer
\`POST /v1/VERB\` with it; the input is the body of the request, as JSON. A verb with lines answers with one JSON object a
line while it works: \`{"event": ...}\`, and at the end \`{"result": ...}\` or \`{"problems": [...]}\`. Members are only ever
added. Times are ISO 8601, in UTC.
[api.schema.json](api.schema.json) has the same as JSON Schema, with the lines of \`--output ndjson\`.

This page is generated from the definitions in \`master/verbs\`: \`node scripts/docs/api.ts\` writes it anew.
`

/** Commands that are neither hidden nor below a hidden one. */
export const SHOWN_COMMANDS = COMMANDS.filter(({ words }) => {
  return !COMMANDS.some(({ hidden, words: above }) => hidden && `${words} `.startsWith(`${above} `))
})

/** Generates docs/api.md. Reads the types of the project, which takes seconds. */
export function apiPage(): string {
  return withProject(project => {
    const shapes = new Shapes(project)
    const parts = VERBS.map(verb => verbPart(verb, shapes))
    return `${HEAD}\n${parts.join('\n')}\n## Types\n\n\`\`\`ts\n${shapes.declarations().join('\n\n')}\n\`\`\`\n`
  })
}

function verbPart(verb: AnyVerb, shapes: Shapes): string {
  const { event, result } = shapes.ofVerb(verb.name)
  const commands = SHOWN_COMMANDS.filter(({ answers }) => answers.some(one => one.verb === verb.name))
  const typed = commands.map(({ words }) => `\`master ${words}\``).join(', ')
  const rows = [
    ...(typed === '' ? [] : [`Command: ${typed}. `]),
    `Right: ${RIGHTS[verb.right.on]}${verb.right.kind === 'read' ? ', part of the group `look`' : ''}.`,
  ]
  const lines = event === 'never' ? '' : `lines:  ${event}\n`
  return `## \`${verb.name}\`\n\n${rows.join('')}\n\n\`\`\`ts\ninput:  ${inputOf(verb.input)}\n${lines}result: ${result}\n\`\`\`\n`
}

const RIGHTS: { readonly [On in AnyVerb['right']['on']]: string } = {
  minions: 'on every minion that it is done to',
  filtered: 'on some minion; the answer holds what the operator may see',
  fleet: 'on all minions (`target: "*"`)',
  public: 'none needed; the answer holds what the operator may see',
}

interface Schema {
  readonly type?: string
  readonly properties?: { readonly [name: string]: Schema }
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly additionalProperties?: Schema | boolean
  readonly default?: unknown
}

function inputOf(input: z.ZodType): string {
  return schemaText(z.toJSONSchema(input, { io: 'input' }) as Schema)
}

function schemaText({ type, properties, required = [], items, additionalProperties }: Schema): string {
  if (type === 'array') return `${schemaText(items ?? {})}[]`
  if (type === 'integer') return 'number'
  if (type !== 'object') return type ?? 'unknown'
  if (typeof additionalProperties === 'object') return `{ [name: string]: ${schemaText(additionalProperties)} }`
  const members = Object.entries(properties ?? {}).map(([name, member]) => {
    const usual = member.default === undefined ? '' : ` /* ${JSON.stringify(member.default)} */`
    return `${name}${required.includes(name) ? '' : '?'}: ${schemaText(member)}${usual}`
  })
  return members.length === 0 ? '{}' : `{ ${members.join('; ')} }`
}

/** The types of lines and results, and the declarations of everything they reference. */
class Shapes {
  readonly #project: Project
  readonly #checker: Checker
  readonly #verbs: ReadonlyMap<string, VerbTypes>
  readonly #named = new Map<string, { readonly text: string; readonly node: Node }>()
  readonly #seen = new Set<number>()

  constructor(project: Project) {
    this.#project = project
    this.#checker = project.checker
    this.#verbs = readVerbTypes(project)
  }

  ofVerb(name: string): { readonly event: string; readonly result: string } {
    const { event, result } = this.#verbs.get(name) ?? {}
    if (event === undefined || result === undefined) throw new TypeError(`no definition of ${name} is exported`)
    for (const type of [event, result]) this.#walk(type)
    return { event: this.#text(event), result: this.#text(result) }
  }

  declarations(): readonly string[] {
    // The loop also visits entries added meanwhile.
    for (const { text, node } of this.#named.values()) this.#addNamedIn(text, node)
    return [...this.#named].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, { text }]) => text)
  }

  #text(type: Type): string {
    const text = this.#checker.typeToString(type, undefined, WHOLE)
    return withoutCodes(text).replaceAll('readonly ', '').replaceAll('; }', ' }')
  }

  /** Adds the declaration of a type of this project; false for a type of a library. */
  #add(symbol: Symbol): boolean {
    const [declaration] = symbol.declarations
    const isOurs = declaration?.path.startsWith(PROJECT) === true && !declaration.path.includes('node_modules')
    const node = isOurs && !this.#named.has(symbol.name) ? declaration.resolve(this.#project) : undefined
    const source = node?.getText() ?? ''
    if (node !== undefined && /^(?:export )?(?:interface|type) /.test(source)) {
      const text = /typeof|z\.infer/.test(source) ? this.#computed(symbol) : source.replace(/^export /, '')
      this.#named.set(symbol.name, { text: text.replaceAll('readonly ', ''), node })
    }
    return isOurs
  }

  /** Expands an alias that is derived from a value, such as a list of words. */
  #computed(symbol: Symbol): string {
    const type = this.#checker.getDeclaredTypeOfSymbol(symbol)
    if (type.isUnionType() && (type.getTypes() ?? []).length > 40) return `type ${symbol.name} = string`
    this.#walk(type)
    const text = this.#checker.typeToString(type, undefined, WHOLE | IN_ALIAS | MANY_LINES)
    return `type ${symbol.name} = ${withoutCodes(text)}`
  }

  /** Aliases that the compiler has resolved, such as short unions, appear only in the text of a declaration. */
  #addNamedIn(text: string, node: Node): void {
    const code = text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*|'[^'\n]*'/g, '')
    for (const name of new Set(code.match(/\b[A-Z]\w+/g))) {
      const found = this.#named.has(name) ? undefined : this.#checker.resolveName(name, SymbolFlags.Type, node)
      if (found === undefined) continue
      this.#add((found.flags & SymbolFlags.Alias) === 0 ? found : this.#checker.getAliasedSymbol(found))
    }
  }

  /** Finds every type of this project that a type references, at any depth. */
  #walk(type: Type): void {
    if (this.#seen.has(type.id)) return
    this.#seen.add(type.id)
    const alias = type.getAliasSymbol()
    const symbol = alias ?? type.getSymbol()
    for (const argument of type.getAliasTypeArguments()) this.#walk(argument)
    const isOurs = symbol !== undefined && this.#add(symbol)
    if (type.isUnionType() || type.isIntersectionType()) {
      for (const part of type.getTypes() ?? []) this.#walk(part)
      return
    }
    if (!type.isObjectType()) return
    if (this.#checker.isArrayLikeType(type)) {
      for (const item of this.#checker.getTypeArguments(type as never)) this.#walk(item)
      return
    }
    if (!isOurs && symbol !== undefined && !symbol.name.startsWith('__')) return
    for (const member of this.#checker.getPropertiesOfType(type)) {
      const of = this.#checker.getTypeOfSymbol(member)
      if (of !== undefined) this.#walk(of)
    }
    for (const { valueType } of this.#checker.getIndexInfosOfType(type)) this.#walk(valueType)
  }
}

/** Replaces the union of all error codes, which the compiler expands, because another page lists them. */
function withoutCodes(text: string): string {
  return text.replaceAll(/"[A-Z0-9_]+"(?: \| "[A-Z0-9_]+")+/g, union => {
    const codes = union.split(' | ').map(code => code.slice(1, -1))
    return codes.length === Object.keys(ERROR_CODES).length ? 'string /* a code of errors.md */' : union
  })
}

if (process.argv[1] === import.meta.filename) writeFileSync(join(PROJECT, 'docs', 'api.md'), apiPage())
