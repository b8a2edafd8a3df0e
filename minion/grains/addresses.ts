import { networkInterfaces } from 'node:os'
import { isTellable } from './parse.ts'

/** All addresses of this host except loopback and link-local ones, sorted. */
export function hostAddresses(): readonly string[] {
  return Object.values(networkInterfaces())
    .flatMap(list => list ?? [])
    .map(({ address }) => address)
    .filter(isTellable)
    .sort()
}
