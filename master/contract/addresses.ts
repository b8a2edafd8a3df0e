import { cidrContains, hostOf } from '../address/address.ts'
import type { ContractMinion } from './input.ts'

/** Networks of IPv4 that no way through the internet leads to. */
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
/** Global unicast; every other address of IPv6 is local, special or not given out. */
const GLOBAL_6 = '2000::/3'

/** True for an address that the whole internet can reach. False for a text that is no address. Pure. */
export function isPublicAddress(address: string): boolean {
  if (hostOf(address) === undefined || address.includes('/')) return false
  if (address.includes(':')) return cidrContains(GLOBAL_6, address) === true
  return !LOCAL_4.some(network => cidrContains(network, address) === true)
}

/** True for an address at which only the host itself listens. Pure. */
export function isLoopback(address: string): boolean {
  return address === '::1' || cidrContains('127.0.0.0/8', address) === true
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
