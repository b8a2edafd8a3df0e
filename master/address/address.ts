import ipaddr from 'ipaddr.js'

/** Parses IP addresses and networks. Functions return undefined for other text. Pure. */

type Address = ipaddr.IPv4 | ipaddr.IPv6

interface Parsed {
  readonly version: 4 | 6
  readonly address: Address
  readonly bits: bigint
  readonly prefix: number | undefined
}

export function versionOf(text: string): 4 | 6 | undefined {
  return parse(text)?.version
}

/** The address without its prefix length. */
export function hostOf(text: string): string | undefined {
  const parsed = parse(text)
  return parsed === undefined ? undefined : written(parsed.address)
}

/** `10.0.0.5/24` -> `10.0.0.0/24`. */
export function networkOf(text: string): string | undefined {
  const parsed = parse(text)
  if (parsed === undefined) return undefined
  const { version, bits, prefix = width(version) } = parsed
  return `${format(version, masked(bits, version, prefix))}/${prefix}`
}

export function addAddress(text: string, by: number): string | undefined {
  const parsed = parse(text)
  if (parsed === undefined || !Number.isInteger(by)) return undefined
  const sum = parsed.bits + BigInt(by)
  return sum < 0n || sum >= 1n << BigInt(width(parsed.version)) ? undefined : format(parsed.version, sum)
}

/** Checks whether a network contains an address or a whole network. A plain address as the network contains only itself. */
export function cidrContains(network: string, address: string): boolean | undefined {
  const outer = parse(network)
  const inner = parse(address)
  if (outer === undefined || inner === undefined) return undefined
  if (outer.version !== inner.version) return false
  const prefix = outer.prefix ?? width(outer.version)
  if ((inner.prefix ?? width(inner.version)) < prefix) return false
  return inner.address.match(outer.address as never, prefix)
}

/** Computes the address that a network card derives from its MAC address in an IPv6 /64 network (RFC 4291). */
export function eui64(network: string, mac: string): string | undefined {
  const parsed = parse(network)
  if (parsed?.version !== 6 || (parsed.prefix ?? 64) > 64 || !isMac(mac)) return undefined
  const octets = mac.split(':').map(octet => BigInt(`0x${octet}`))
  const host = [(octets[0] ?? 0n) ^ 2n, ...octets.slice(1, 3), 0xffn, 0xfen, ...octets.slice(3)]
  return format(6, masked(parsed.bits, 6, 64) | host.reduce((sum, octet) => (sum << 8n) | octet, 0n))
}

/** True for the MAC address of one host, in lower case. */
export function isMac(text: string): boolean {
  return /^[0-9a-f][02468ace](:[0-9a-f]{2}){5}$/.test(text)
}

/** True for the address of one host: no prefix, not unspecified, loopback, multicast or broadcast. */
export function isHostAddress(text: string): boolean {
  const parsed = parse(text)
  if (parsed === undefined || parsed.prefix !== undefined) return false
  if (parsed.version === 4) {
    const first = Number(parsed.bits >> 24n)
    return first !== 0 && first !== 127 && first < 224
  }
  return parsed.bits > 1n && parsed.bits >> 120n !== 0xffn
}

export function isNetwork(text: string): boolean {
  return parse(text)?.prefix !== undefined
}

/** The prefix length of a network. */
export function prefixOf(text: string): number | undefined {
  return parse(text)?.prefix
}

/** Whether two addresses or networks have an address in common. False for a text that is neither. */
export function overlap(a: string, b: string): boolean {
  return cidrContains(a, b) === true || cidrContains(b, a) === true
}

/**
 * Normalizes the peer address of a connection for comparison: `::ffff:10.0.0.1` becomes `10.0.0.1`. Undefined for an address
 * that means nothing to other hosts: loopback, link-local, and anything that is not a host address.
 */
export function sourceAddress(text: string): string | undefined {
  if (!ipaddr.isValid(text)) return undefined
  const address = ipaddr.process(text.replace(/%.*$/, ''))
  const plain = written(address)
  return address.range() === 'linkLocal' || !isHostAddress(plain) ? undefined : plain
}

/** Finds the lowest network of this length in `within` that overlaps none of `taken`; undefined when there is none. */
export function freePrefix(within: string, length: number, taken: readonly string[]): string | undefined {
  const outer = parse(within)
  if (outer?.prefix === undefined || length < outer.prefix || length > width(outer.version)) return undefined
  const { version } = outer
  const size = 1n << BigInt(width(version) - length)
  const begin = masked(outer.bits, version, outer.prefix)
  const end = begin + (1n << BigInt(width(version) - outer.prefix))
  const spans = taken.flatMap(text => {
    const parsed = parse(text)
    if (parsed?.version !== version) return []
    const prefix = parsed.prefix ?? width(version)
    const from = masked(parsed.bits, version, prefix)
    return [{ from, to: from + (1n << BigInt(width(version) - prefix)) }]
  })
  for (let at = begin; at + size <= end; ) {
    const hit = spans.find(({ from, to }) => from < at + size && to > at)
    if (hit === undefined) return `${format(version, at)}/${length}`
    // Skip to the first aligned network after it.
    at = at + size >= hit.to ? at + size : masked(hit.to + size - 1n, version, length)
  }
  return undefined
}

/** Cache of parsed addresses: the same few are looked up for every minion. Cleared when it grows too large. */
const parsed = new Map<string, Parsed | undefined>()
const PARSED_AT_MOST = 20_000

function parse(text: string): Parsed | undefined {
  const known = parsed.get(text)
  if (known !== undefined || parsed.has(text)) return known
  if (parsed.size >= PARSED_AT_MOST) parsed.clear()
  const fresh = parseAnew(text)
  parsed.set(text, fresh)
  return fresh
}

/**
 * Accepts only the common forms. `10.010.0.1`, `10.1`, zones and `::ffff:10.0.0.1` are refused, because other programs read
 * them differently.
 */
function parseAnew(text: string): Parsed | undefined {
  const [host = '', length, ...rest] = text.split('/')
  if (rest.length > 0) return undefined
  const version = host.includes(':') ? 6 : 4
  const usual = version === 4 ? ipaddr.IPv4.isValidFourPartDecimal(host) : /^[0-9a-fA-F:]+$/.test(host)
  if (!usual || !ipaddr.isValid(host)) return undefined
  const address = ipaddr.parse(host)
  const bits = address.toByteArray().reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n)
  if (length === undefined) return { version, address, bits, prefix: undefined }
  if (!/^\d{1,3}$/.test(length) || Number(length) > width(version)) return undefined
  return { version, address, bits, prefix: Number(length) }
}

function written(address: Address): string {
  return address instanceof ipaddr.IPv6 ? address.toRFC5952String() : address.toString()
}

function format(version: 4 | 6, bits: bigint): string {
  const bytes = Array.from({ length: width(version) / 8 }, (_, index) => {
    return Number((bits >> BigInt(width(version) - 8 * (index + 1))) & 0xffn)
  })
  return written(ipaddr.fromByteArray(bytes))
}

function width(version: 4 | 6): number {
  return version === 4 ? 32 : 128
}

function masked(bits: bigint, version: 4 | 6, prefix: number): bigint {
  const host = BigInt(width(version) - prefix)
  return (bits >> host) << host
}
