/** The source of a connection, in the two sizes that limits are counted by. All functions are pure. */

/** Returns the address without a zone; an IPv4-mapped IPv6 address becomes the IPv4 address. */
export function plainAddress(address: string): string {
  const plain = address.replace(/%.*$/, '').toLowerCase()
  if (!plain.includes(':')) return plain
  const groups = groupsOf(plain)
  const [high, low] = groups.slice(6)
  const isMapped = groups.length === 8 && groups.slice(0, 6).join(':') === '0:0:0:0:0:ffff'
  if (!isMapped || high === undefined || low === undefined) return plain
  const bytes = [high, low].flatMap(group => {
    const value = Number.parseInt(group, 16)
    return [value >> 8, value & 0xff]
  })
  return bytes.join('.')
}

/** Returns what one host can choose addresses from: an IPv4 address, or the first 64 bits of an IPv6 address. */
export function sourceOf(address: string): string {
  const plain = plainAddress(address)
  return plain.includes(':') ? prefixOf(plain) : plain
}

/**
 * Returns the network that one owner usually holds: the /24 of an IPv4 address, the /64 of an IPv6 address. Anything else is
 * returned unchanged.
 */
export function networkOf(address: string): string {
  const plain = plainAddress(address)
  if (plain.includes(':')) return `${prefixOf(plain)}::/64`
  const [, front] = /^(\d+\.\d+\.\d+)\.\d+$/.exec(plain) ?? []
  return front === undefined ? plain : `${front}.0/24`
}

function prefixOf(plain: string): string {
  return groupsOf(plain).slice(0, 4).join(':')
}

/** Splits an IPv6 address into eight groups without leading zeros; fewer for other texts. */
function groupsOf(plain: string): readonly string[] {
  const text = plain.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, ...bytes: string[]) => {
    const [a = 0, b = 0, c = 0, d = 0] = bytes.slice(0, 4).map(Number)
    return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`
  })
  const [head = '', tail] = text.split('::')
  const before = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? [] : Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0')
  return [...before, ...zeros, ...after].map(group => group.replace(/^0+(?=.)/, ''))
}
