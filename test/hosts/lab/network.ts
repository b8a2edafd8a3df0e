import { LabError } from './lab-error.ts'
import { must, run } from './program.ts'

/** The network of one lab: its own /24 on its own bridge, with the lab itself at `.1`. */
export interface LabNetwork {
  readonly bridge: string
  /** `10.x.y.0/24`. */
  readonly subnet: string
  /** The lab's own address, where its proxy listens. */
  readonly gateway: string
  /** The address of the n-th host, from 0. */
  addressOf(index: number): string
}

/** Finds the first /24 of the lab's range that does not overlap blocks in use (pure). */
export function freeSubnet(inUse: readonly string[]): string | undefined {
  const blocks = inUse.map(blockOf)
  for (let third = 0; third < 256; third++) {
    const start = toNumber(`10.213.${third}.0`)
    if (blocks.every(([first, last]) => last < start || first > start + 255)) return `10.213.${third}`
  }
  return undefined
}

/** Creates the bridge. Call it under the lock of all labs: two labs searching at once would choose the same subnet. */
export async function makeNetwork(bridge: string): Promise<LabNetwork> {
  const addresses = readJson(await must(['ip', '-json', '-4', 'address', 'show']))
  const routes = readJson(await must(['ip', '-json', '-4', 'route', 'show', 'table', 'all']))
  const inUse = [
    ...addresses.flatMap(link => (link.addr_info ?? []).map(info => `${info.local ?? ''}/${info.prefixlen ?? 32}`)),
    ...routes.map(route => route.dst ?? '').filter(dst => dst !== 'default'),
  ]
  const net = freeSubnet(inUse.filter(block => /^[\d.]+(\/\d+)?$/.test(block)))
  if (net === undefined)
    throw new LabError('no free subnet in 10.213.0.0/16; see what uses it: ip -4 address; ip -4 route')
  await must(['ip', 'link', 'add', bridge, 'type', 'bridge'])
  await must(['ip', 'address', 'add', `${net}.1/24`, 'dev', bridge])
  await must(['ip', 'link', 'set', bridge, 'up'])
  return { bridge, subnet: `${net}.0/24`, gateway: `${net}.1`, addressOf: index => `${net}.${index + 10}` }
}

/** Removes the bridge if it exists; another process may be removing it at the same time. */
export async function removeBridge(bridge: string): Promise<void> {
  const deleted = await run(['ip', 'link', 'delete', bridge])
  const isThere = (await run(['ip', 'link', 'show', bridge])).exitCode === 0
  if (isThere) throw new LabError(`could not remove the bridge ${bridge}: ${deleted.stderr.trim()}`)
}

interface IpObject {
  readonly dst?: string
  readonly addr_info?: readonly { readonly local?: string; readonly prefixlen?: number }[]
}

function readJson(text: string): readonly IpObject[] {
  return text.trim() === '' ? [] : (JSON.parse(text) as readonly IpObject[])
}

function blockOf(block: string): readonly [first: number, last: number] {
  const [address = '', prefix = '32'] = block.split('/')
  const size = 2 ** (32 - Number(prefix))
  const first = Math.floor(toNumber(address) / size) * size
  return [first, first + size - 1]
}

function toNumber(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
}
