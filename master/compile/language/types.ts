import { isHostAddress, isMac, isNetwork } from '../../address/address.ts'

/** Types of pillar keys and exports in role.yml. */
export type TypeExpression =
  | { readonly kind: 'scalar'; readonly name: ScalarType }
  | { readonly kind: 'secret' }
  | { readonly kind: 'one-of'; readonly choices: readonly string[] }
  | { readonly kind: 'list'; readonly item: TypeExpression }
  /** A map with fixed keys; a key ending in `?` is optional. */
  | {
      readonly kind: 'record'
      readonly fields: ReadonlyMap<string, { readonly type: TypeExpression; readonly optional: boolean }>
    }
  /** A map with arbitrary keys. */
  | { readonly kind: 'map'; readonly item: TypeExpression }

interface ScalarRule {
  readonly expected: string
  accepts(value: unknown): boolean
}

const text = (expected: string, accepts: (value: string) => boolean): ScalarRule => ({
  expected,
  accepts: value => typeof value === 'string' && accepts(value),
})

export const SCALAR_TYPES = {
  text: text('text', () => true),
  /** Anything that a minion may report, including several lines; every use of it must quote it. */
  free_text: text('text', value => value.length <= 65_536 && !/[^\P{Cc}\n\t]/u.test(value)),
  identifier: text('letters, digits, `_` and `-`, beginning with a letter', value =>
    /^[A-Za-z][A-Za-z0-9_-]{0,63}$/.test(value),
  ),
  path: text('an absolute path', value => /^\/[^\0\n]*$/.test(value) && !value.split('/').includes('..')),
  mode: text('a quoted four-digit octal string, for example `"0644"`', value => /^[0-7]{4}$/.test(value)),
  address: text('the IP address of one host', isHostAddress),
  cidr: text('a network such as `10.0.0.0/8`', isNetwork),
  hostname: text('a host name', value =>
    /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/i.test(value),
  ),
  mac: text('a MAC address such as `52:54:00:12:34:56`, in lower case', isMac),
  endpoint: text('an address and a port, such as `10.0.0.1:3306`', isEndpoint),
  integer: { expected: 'a whole number', accepts: value => typeof value === 'number' && Number.isInteger(value) },
  port: {
    expected: 'a port from 1 to 65535',
    accepts: value => typeof value === 'number' && Number.isInteger(value) && value > 0 && value < 65_536,
  },
  boolean: { expected: '`true` or `false`', accepts: value => typeof value === 'boolean' },
} as const satisfies { readonly [name: string]: ScalarRule }

export type ScalarType = keyof typeof SCALAR_TYPES

export function isScalarType(name: string): name is ScalarType {
  return Object.hasOwn(SCALAR_TYPES, name)
}

/** Completes the sentence "`key` must be ...". */
export function expectedBy(type: TypeExpression): string {
  switch (type.kind) {
    case 'scalar':
      return SCALAR_TYPES[type.name].expected
    case 'secret':
      return 'a sealed value'
    case 'one-of':
      return `one of ${type.choices.map(choice => `\`${choice}\``).join(', ')}`
    case 'list':
      return `a list, each ${expectedBy(type.item)}`
    case 'record':
      return `a map with ${[...type.fields.keys()].map(key => `\`${key}\``).join(', ')}`
    case 'map':
      return `a map, each value ${expectedBy(type.item)}`
    default:
      return type satisfies never
  }
}

function isEndpoint(value: string): boolean {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(value) ?? []
  const number = Number(port)
  return number > 0 && number < 65_536 && isHostAddress(bracketed ?? plain ?? '')
}
