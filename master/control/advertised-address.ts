import type { NetworkInterfaceInfo } from 'node:os'
import { formatHostPort, parseHostPort } from '../../protocol/host-port.ts'

/** The address of the master that minions connect to. */
export interface AdvertisedAddress {
  /** `host:port`. */
  readonly address: string
  /** True when it was not configured and is a guess from this machine's addresses. */
  readonly isGuess: boolean
  /** How it was guessed; absent: it was configured, or this machine has no address. */
  readonly guess?: AddressGuess
}

export interface AddressGuess {
  /** The network interface that has the address. */
  readonly interface: string
  /** Other addresses of this machine that minions could connect to. */
  readonly others: readonly string[]
}

/** Chooses the configured address, else the listen address, else the first address of this machine that is not loopback. Pure. */
export function advertisedAddressOf(
  listen: string,
  address: string | undefined,
  interfaces: { readonly [name: string]: readonly NetworkInterfaceInfo[] | undefined },
): AdvertisedAddress {
  const port = listen.slice(listen.lastIndexOf(':') + 1)
  if (address !== undefined) {
    const said = parseHostPort(address, Number(port))
    return { address: said === undefined ? address : formatHostPort(said), isGuess: false }
  }
  if (!/^(0\.0\.0\.0|\[::\]):/.test(listen)) return { address: listen, isGuess: false }
  const all = Object.entries(interfaces).flatMap(([name, list]) => (list ?? []).map(one => ({ ...one, name })))
  const outer = all.filter(({ internal, address: one }) => !internal && !one.startsWith('fe80:'))
  const own = outer.find(({ family }) => family === 'IPv4') ?? outer[0]
  if (own === undefined) return { address: formatHostPort({ host: 'THIS-HOST', port: Number(port) }), isGuess: true }
  const others = outer.filter(one => one !== own).map(one => one.address)
  const guess = { interface: own.name, others }
  return { address: formatHostPort({ host: own.address, port: Number(port) }), isGuess: true, guess }
}
