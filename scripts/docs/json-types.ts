import { type Checker, type Symbol, SymbolFlags, type Type, TypeFlags } from 'typescript/unstable/sync'

/** A JSON Schema, draft 2020-12. */
export interface Schema {
  readonly [keyword: string]: unknown
}

/** Deeper types than this are taken for endless ones. */
const DEEPEST = 40
/** A longer list of words, such as that of all error codes, grows with every version. */
const MOST_WORDS = 40

/** Types of the compiler as JSON Schemas of what `JSON.stringify` makes of their values. */
export class JsonTypes {
  readonly #checker: Checker
  readonly #project: string
  readonly #defined = new Map<string, Schema>()
  /** Where the type of each name is declared: two types of one name are an error. */
  readonly #places = new Map<string, string>()

  constructor(checker: Checker, project: string) {
    this.#checker = checker
    this.#project = project
  }

  /** Every named type that was met, by name. */
  definitions(): { readonly [name: string]: Schema } {
    return Object.fromEntries([...this.#defined].sort(([a], [b]) => (a < b ? -1 : 1)))
  }

  schemaOf(type: Type, depth = 0): Schema {
    if (depth > DEEPEST) throw new TypeError(`no end of the type ${this.#checker.typeToString(type)}`)
    const name = this.#nameOf(type)
    if (name === undefined) return this.#shapeOf(type, depth)
    if (!this.#defined.has(name)) {
      // A type may contain itself.
      this.#defined.set(name, {})
      this.#defined.set(name, this.#shapeOf(type, depth))
    }
    return { $ref: `#/$defs/${name}` }
  }

  /** Of an interface or alias of ours without type arguments. */
  #nameOf(type: Type): string | undefined {
    const alias = type.getAliasSymbol()
    if (alias !== undefined && type.getAliasTypeArguments().length > 0) return undefined
    const symbol = alias ?? (type.isClassOrInterface() ? type.getSymbol() : undefined)
    const place = symbol === undefined ? undefined : this.#placeOf(symbol)
    if (symbol === undefined || place === undefined) return undefined
    const before = this.#places.get(symbol.name)
    if (before !== undefined && before !== place) {
      return this.#numbered(symbol.name, place)
    }
    this.#places.set(symbol.name, place)
    return symbol.name
  }

  #numbered(name: string, place: string): string {
    for (let number = 2; ; number += 1) {
      const next = `${name}${number}`
      const before = this.#places.get(next)
      if (before !== undefined && before !== place) continue
      this.#places.set(next, place)
      return next
    }
  }

  #placeOf({ declarations }: Symbol): string | undefined {
    const path = declarations[0]?.path
    return path?.startsWith(this.#project) === true && !path.includes('node_modules') ? path : undefined
  }

  #shapeOf(type: Type, depth: number): Schema {
    const { flags } = type
    const is = (flag: TypeFlags): boolean => (flags & flag) !== 0
    if (is(TypeFlags.AnyOrUnknown)) return {}
    if (is(TypeFlags.Never)) return { not: {} }
    if (is(TypeFlags.Boolean)) return { type: 'boolean' }
    if (type.isLiteralType()) return { const: type.value }
    if (is(TypeFlags.StringLike)) return { type: 'string' }
    if (is(TypeFlags.NumberLike)) return { type: 'number' }
    if (is(TypeFlags.Null)) return { type: 'null' }
    if (type.isUnionType()) return this.#unionOf(type.getTypes(), depth)
    if (type.isIntersectionType()) {
      // A string or number with a brand that only the compiler sees.
      const plain = type.getTypes().find(part => (part.flags & (TypeFlags.StringLike | TypeFlags.NumberLike)) !== 0)
      return plain === undefined ? this.#objectOf(type, depth) : this.#shapeOf(plain, depth)
    }
    if (!type.isObjectType()) throw new TypeError(`no JSON for the type ${this.#checker.typeToString(type)}`)
    if (this.#checker.isTupleType(type)) {
      const items = this.#checker.getTypeArguments(type as never).map(item => this.schemaOf(item, depth + 1))
      return { type: 'array', prefixItems: items }
    }
    if (this.#checker.isArrayLikeType(type)) {
      const [item] = this.#checker.getTypeArguments(type as never)
      return { type: 'array', items: item === undefined ? {} : this.schemaOf(item, depth + 1) }
    }
    return this.#objectOf(type, depth)
  }

  #unionOf(parts: readonly Type[], depth: number): Schema {
    const present = parts.filter(({ flags }) => (flags & (TypeFlags.Undefined | TypeFlags.Void)) === 0)
    const literals = present.filter(part => part.isLiteralType())
    if (literals.length > MOST_WORDS && literals.every(part => part.isStringLiteralType())) return { type: 'string' }
    const others = present.filter(part => !part.isLiteralType())
    const schemas = [
      ...(literals.length === 0
        ? []
        : [literals.length === 1 ? { const: literals[0]?.value } : { enum: literals.map(({ value }) => value) }]),
      ...others.map(part => this.schemaOf(part, depth + 1)),
    ]
    return schemas.length === 1 ? (schemas[0] ?? {}) : { anyOf: schemas }
  }

  #objectOf(type: Type, depth: number): Schema {
    const members = this.#checker.getPropertiesOfType(type).flatMap(symbol => {
      const of = this.#checker.getTypeOfSymbol(symbol)
      if (of === undefined) throw new TypeError(`no type of the member ${symbol.name}`)
      const isOptional = (symbol.flags & SymbolFlags.Optional) !== 0 || isAbsentAtTimes(of)
      return [{ name: symbol.name, isOptional, schema: this.schemaOf(of, depth + 1) }]
    })
    const [index] = this.#checker.getIndexInfosOfType(type)
    const required = members.filter(({ isOptional }) => !isOptional).map(({ name }) => name)
    return {
      type: 'object',
      ...(members.length === 0
        ? {}
        : { properties: Object.fromEntries(members.map(({ name, schema }) => [name, schema])) }),
      ...(required.length === 0 ? {} : { required }),
      ...(index === undefined ? {} : { additionalProperties: this.schemaOf(index.valueType, depth + 1) }),
    }
  }
}

function isAbsentAtTimes(type: Type): boolean {
  return type.isUnionType() && type.getTypes().some(({ flags }) => (flags & TypeFlags.Undefined) !== 0)
}
