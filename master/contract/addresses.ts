import type { ContractMinion } from './input.ts'

/** True for an address that the whole internet can have a way to. False for a text that is no address. Pure. */
export function isPublicAddress(address: string): boolean {
  return address.includes(':') ? isPublic6(address) : isPublic4(address)
}

/** True for an address at which nobody but the host itself hears. Pure. */
export function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1'
}

/** True for a listener that strangers may reach: at every address, or at a public one. Pure. */
export function isOpenListener(address: string): boolean {
  return address === '0.0.0.0' || address === '::' || isPublicAddress(address)
}

/** The public addresses of a minion, its own and those that lead to it, sorted. Pure. */
export function publicAddressesOf({ observed, translated }: ContractMinion): readonly string[] {
  const own = (observed?.addresses ?? []).filter(isPublicAddress)
  return [...new Set([...own, ...translated])].sort()
}

function isPublic4(address: string): boolean {
  const [a, b, ...rest] = address.split('.').map(Number)
  if (a === undefined || b === undefined || rest.length !== 2 || Number.isNaN(a + b)) return false
  if (a === 0 || a === 10 || a === 127 || a >= 224) return false
  if (a === 100 && b >= 64 && b < 128) return false
  if ((a === 169 && b === 254) || (a === 192 && b === 168)) return false
  return !(a === 172 && b >= 16 && b < 32)
}

/** Global unicast is 2000::/3; everything else is local, special or not given out. */
function isPublic6(address: string): boolean {
  const first = Number.parseInt(address.split(':')[0] ?? '', 16)
  return first >= 0x2000 && first <= 0x3fff
}
