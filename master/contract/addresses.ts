import { cidrContains, hostOf } from '../address/address.ts'
import type { ContractMinion } from './input.ts'

/** IPv4 networks that are not reachable over the internet. */
const LOCAL_4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '224.0.0.0/3',
]
/** Global unicast; every other IPv6 address is local, special or unassigned. */
const GLOBAL_6 = '2000::/3'

/** True for an address that is reachable over the internet; false for text that is not an address. Pure. */
export function isPublicAddress(address: string): boolean {
  if (hostOf(address) === undefined || address.includes('/')) return false
  if (address.includes(':')) return cidrContains(GLOBAL_6, address) === true
  return !LOCAL_4.some(network => cidrContains(network, address) === true)
}

/** True for an address that only the host itself can reach. Pure. */
export function isLoopback(address: string): boolean {
  return address === '::1' || cidrContains('127.0.0.0/8', address) === true
}

/** True for a listener that is open to the internet: on all addresses, or on a public one. Pure. */
export function isOpenListener(address: string): boolean {
  return address === '0.0.0.0' || address === '::' || isPublicAddress(address)
}

/** Lists the public addresses of a minion, sorted: its own, and those translated to it. Pure. */
export function publicAddressesOf({ observed, translated }: ContractMinion): readonly string[] {
  const own = (observed?.addresses ?? []).filter(isPublicAddress)
  return [...new Set([...own, ...translated])].sort()
}
