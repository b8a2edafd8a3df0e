import { Secret } from '../../../protocol/secret.ts'
import { addAddress, cidrContains, eui64, hostOf, networkOf, versionOf } from '../../address/address.ts'
import { FLEET_HELPERS } from './fleet-helpers.ts'
import { type Helper, helper, secretHelper } from './helper.ts'
import { exact, list, map, nonZero, number, size, text, wrong } from './helper-values.ts'
import { type Environment, ExpressionError } from './scope.ts'
import { isTruthy, isValueMap, Rendered, textOfParts, type Value } from './value.ts'

const ANY = Infinity

/** All helpers, each in its group. What takes more than a few lines is a function below, or in a file of its own. */
export const HELPERS: { readonly [name: string]: Helper } = {
  // conditions
  eq: helper([2, 2], 'eq minion.level "production"', ([a, b]) => same(a, b)),
  ne: helper([2, 2], 'ne grains.os "debian"', ([a, b]) => !same(a, b)),
  lt: helper([2, 2], 'lt grains.mem_mb 1024', ([a, b]) => number(a) < number(b)),
  gt: helper([2, 2], 'gt grains.num_cpus 2', ([a, b]) => number(a) > number(b)),
  and: helper([1, ANY], 'and a b', values => values.every(isTruthy)),
  or: helper([1, ANY], 'or a b', values => values.some(isTruthy)),
  not: helper([1, 1], 'not a', ([a]) => !isTruthy(a ?? null)),
  includes: helper([2, 2], 'includes minion.roles "masterdb"', ([all, one]) => contains(all, one)),
  has: { ...helper([1, 1], 'has pillar.a.b', ([a]) => a !== null), forgives: true, takesSecrets: true },
  default: { ...helper([2, 2], 'default pillar.a 10', ([a, b]) => a ?? b ?? null), forgives: true, takesSecrets: true },
  if_else: helper(
    [3, 3],
    'if_else (eq a b) "yes" "no"',
    ([test, yes, no]) => (isTruthy(test ?? null) ? yes : no) ?? null,
  ),

  // encoding and formatting
  json: secretHelper(
    'json pillar.a',
    'json',
    clear => JSON.stringify(clear),
    value => JSON.stringify(plain(value)),
  ),
  base64: secretHelper('base64 pillar.a', 'base64', toBase64, value => toBase64(text(value))),
  quote: secretHelper('quote pillar.a', 'quote', quoted, value => quoted(text(value))),
  join: helper([1, 2], 'join pillar.names ", "', ([all, by]) =>
    list(all)
      .map(text)
      .join(by === undefined ? ',' : text(by)),
  ),
  indent: helper([2, 2], 'indent text 4', ([a, by]) => text(a).replaceAll(/^(?=.)/gm, ' '.repeat(size(by, 0, 1000)))),
  upper: helper([1, 1], 'upper minion.id', ([a]) => text(a).toUpperCase()),
  lower: helper([1, 1], 'lower grains.hostname', ([a]) => text(a).toLowerCase()),
  trim: helper([1, 1], 'trim pillar.a', ([a]) => text(a).trim()),
  replace: helper([3, 3], 'replace minion.id "." "-"', ([a, from, to]) => text(a).replaceAll(text(from), text(to))),
  concat: { ...helper([1, ANY], 'concat minion.id ".example"', concat), takesSecrets: true },
  split: helper([2, 2], 'split "a,b" ","', ([a, by]) => text(a).split(text(by))),
  chunks: helper(
    [2, 2],
    'chunks text 250',
    ([a, most]) => text(a).match(new RegExp(`.{1,${size(most, 1, 65_536)}}`, 'gsu')) ?? [],
  ),
  public_key: {
    ...helper([1, 1], 'public_key pillar.web.key', ([key], _named, environment) => publicKey(key, environment)),
    takesSecrets: true,
  },
  sha256: {
    ...helper([1, 1], 'sha256 minion.id', ([a], _named, { sha256, deriveSecret }) =>
      a instanceof Secret ? deriveSecret(a, 'sha256', sha256) : sha256(text(a)),
    ),
    takesSecrets: true,
  },

  // lists and maps
  sort: helper([1, 1], 'sort pillar.names', ([a]) => list(a).toSorted((x, y) => compare(x, y))),
  keys: helper([1, 1], 'keys pillar.users', ([a]) => Object.keys(map(a)).sort()),
  values: helper([1, 1], 'values pillar.users', ([a]) => Object.values(map(a))),
  compact: helper([1, 1], 'compact (pluck pillar.sites "root")', ([a]) => list(a).filter(item => item !== null)),
  lookup: helper([2, 2], 'lookup pillar.users "anna"', lookup),
  length: helper([1, 1], 'length pillar.names', ([a]) => (typeof a === 'string' ? a.length : list(a).length)),
  first: helper([1, 1], 'first grains.addresses', ([a]) => list(a)[0] ?? null),
  last: helper([1, 1], 'last grains.addresses', ([a]) => list(a).at(-1) ?? null),
  unique: helper([1, 1], 'unique pillar.names', ([a]) => [...new Set(list(a))]),
  pluck: helper([2, 2], 'pluck (minions role="db") "address"', ([a, key]) =>
    list(a).map(item => (Object.hasOwn(map(item), text(key)) ? (map(item)[text(key)] ?? null) : null)),
  ),
  affix: helper([3, 3], 'affix (keys pillar.users) "" ".pub"', ([all, before, after]) =>
    list(all).map(item => text(before) + text(item) + text(after)),
  ),
  flatten: helper([1, ANY], 'flatten list "one more"', values =>
    values.flatMap(value => (Array.isArray(value) ? value : [value]) as readonly Value[]),
  ),
  range: helper([2, 2], 'range 1 5', ([from, to]) => range(number(from), number(to))),

  // numbers
  add: helper([2, ANY], 'add a 1', values => exact(values.map(number).reduce((a, b) => a + b))),
  sub: helper([2, 2], 'sub a 1', ([a, b]) => exact(number(a) - number(b))),
  mul: helper([2, 2], 'mul a 2', ([a, b]) => exact(number(a) * number(b))),
  div: helper([2, 2], 'div grains.mem_mb 2', ([a, b]) => Math.trunc(number(a) / nonZero(b))),
  mod: helper([2, 2], 'mod a 2', ([a, b]) => number(a) % nonZero(b)),
  min: helper([1, ANY], 'min a b', values => Math.min(...values.map(number))),
  max: helper([1, ANY], 'max a b', values => Math.max(...values.map(number))),

  // addresses
  ip_version: helper([1, 1], 'ip_version grains.ip4', ([a]) => address(a, versionOf)),
  ip_host: helper([1, 1], 'ip_host "10.0.0.5/24"', ([a]) => address(a, hostOf)),
  ip_network: helper([1, 1], 'ip_network "10.0.0.5/24"', ([a]) => address(a, networkOf)),
  ip_add: helper([2, 2], 'ip_add "10.0.0.0" 5', ([a, by]) => address(a, value => addAddress(value, number(by)))),
  endpoint: helper([2, 2], 'endpoint minion.address 6379', ([a, port]) => endpointOf(a, size(port, 1, 65_535))),
  ip_octet: helper([2, 2], 'ip_octet grains.ip4 4', ([a, at]) => octet(text(a), number(at))),
  ipv4: helper([1, 1], 'ipv4 grains.addresses', ([a]) => list(a).filter(item => versionOf(text(item)) === 4)),
  ipv6: helper([1, 1], 'ipv6 grains.addresses', ([a]) => list(a).filter(item => versionOf(text(item)) === 6)),
  ip_eui64: helper([2, 2], 'ip_eui64 "fe80::/64" vm.mac', ([net, mac]) => address(net, n => eui64(n, text(mac)))),
  cidr_contains: helper([2, 2], 'cidr_contains "10.0.0.0/8" grains.ip4', ([net, a]) =>
    address(net, n => cidrContains(n, text(a))),
  ),

  ...FLEET_HELPERS,
}

/** Returns the public key of a secret private key, which others use to verify its signatures. */
function publicKey(key: Value | undefined, environment: Environment): Value {
  const found = key instanceof Secret ? environment.publicKey(key) : undefined
  if (found !== undefined) return found
  throw wrong('a private key as PEM, sealed', key)
}

function same(a: Value | undefined, b: Value | undefined): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b)
}

function compare(a: Value, b: Value): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  const [x, y] = [text(a), text(b)]
  return x < y ? -1 : x > y ? 1 : 0
}

function contains(all: Value | undefined, one: Value | undefined): boolean {
  if (typeof all === 'string') return all.includes(text(one))
  return list(all).some(item => same(item, one))
}

function lookup([of, key]: readonly Value[]): Value {
  if (Array.isArray(of)) return (of as readonly Value[])[number(key)] ?? missing(key)
  const found = map(of)
  return Object.hasOwn(found, text(key)) ? (found[text(key)] as Value) : missing(key)
}

function missing(key: Value | undefined): never {
  throw new ExpressionError({ code: 'NAME_UNKNOWN', message: `\`lookup\` finds no \`${text(key)}\`` })
}

function concat(values: readonly Value[]): Value {
  return textOfParts(
    values.flatMap(value =>
      value instanceof Rendered ? value.parts : value instanceof Secret ? [value] : [text(value)],
    ),
  )
}

function plain(value: Value | undefined): unknown {
  if (value instanceof Secret || value instanceof Rendered) throw wrong('plain values', value)
  if (Array.isArray(value)) return value.map((item: Value) => plain(item))
  return isValueMap(value) ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)])) : value
}

function range(from: number, to: number): readonly Value[] {
  if (to - from > 10_000) throw wrong('at most 10000 numbers', to)
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index)
}

function quoted(value: string): string {
  return `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`
}

function toBase64(value: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(value)))
}

function endpointOf(place: Value | undefined, port: number): string {
  return address(place, versionOf) === 6 ? `[${text(place)}]:${port}` : `${text(place)}:${port}`
}

function octet(value: string, at: number): number {
  const part = versionOf(value) === 4 ? hostOf(value)?.split('.')[at - 1] : undefined
  if (part === undefined) throw wrong('an IPv4 address and an octet from 1 to 4', value)
  return Number(part)
}

function address<T extends Value>(value: Value | undefined, use: (text: string) => T | undefined): T {
  const result = use(text(value))
  if (result === undefined) throw wrong('an IP address or network', value)
  return result
}
