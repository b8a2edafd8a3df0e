import { hostOf, isHostAddress, isNetwork, networkOf, overlap, versionOf } from '../address/address.ts'
import { entryOf, type YamlMap, type YamlNode } from '../yaml/node.ts'
import type { Findings } from '../yaml/shape.ts'
import type { InventoryEntry } from './inventory-entry.ts'

/** Addresses that the inventory gives to minions, each to only one. */

/** Reads `address` and `ip4` of an entry, normalized for comparison. `glob`: the pattern, if it is one. */
export function addressesOf(body: YamlMap, findings: Findings, glob: string | undefined): readonly string[] {
  const node = entryOf(body, 'address')?.value
  const items = node === undefined ? [] : node.kind === 'list' ? node.items : [node]
  const ip4 = entryOf(body, 'ip4')?.value
  const first = items[0] ?? ip4
  if (glob !== undefined && first !== undefined) {
    const hint = 'Name it in the entry of each minion: `db1: {address: 10.0.0.5}`.'
    findings.invalid(first.position, `an address belongs to one minion, and \`${glob}\` is a glob`, hint)
    return []
  }
  const named = items.flatMap((item, index) => placeOf(item, index === 0, findings))
  const old = ip4 === undefined ? [] : ip4Of(ip4, findings)
  return [...new Set([...named, ...old])]
}

function placeOf(node: YamlNode, first: boolean, findings: Findings): readonly string[] {
  const text = findings.text(node, '`address`')
  if (text === undefined) return []
  if (isHostAddress(text)) return [hostOf(text) ?? text]
  const network = !first && isNetwork(text) && !/\/0+$/.test(text) ? networkOf(text) : undefined
  if (network !== undefined) return [network]
  const hint = 'For example `address: 10.0.0.5`, or `address: [10.0.0.5, "2001:db8::5"]` with the main address first.'
  findings.invalid(node.position, `\`address\` must be the IP address of one host, got \`${text}\``, hint)
  return []
}

function ip4Of(node: YamlNode, findings: Findings): readonly string[] {
  const text = findings.text(node, '`ip4`')
  if (text === undefined) return []
  if (isHostAddress(text) && versionOf(text) === 4) return [text]
  const hint = 'Use `address: ...` for an address of IPv6, and for several.'
  findings.invalid(node.position, `\`ip4\` must be the IPv4 address of one host, got \`${text}\``, hint)
  return []
}

/** Checks that no two minions share an address; the error is at the second position and names the first. */
export function demandUnique(entries: readonly InventoryEntry[], map: YamlMap | undefined, findings: Findings): void {
  const hosts = new Map<string, InventoryEntry>()
  const networks: { readonly place: string; readonly entry: InventoryEntry }[] = []
  for (const entry of entries) {
    for (const place of entry.addresses) {
      const wide = isNetwork(place)
      const inNetwork = networks.find(one => one.entry !== entry && overlap(one.place, place))?.entry
      const inHosts = wide
        ? [...hosts].find(([host, one]) => one !== entry && overlap(place, host))?.[1]
        : hosts.get(place)
      const other = inHosts ?? inNetwork
      if (other !== undefined && other !== entry) {
        const { file, line, column } = other.position
        findings.invalid(
          positionOf(map, entry),
          `\`${entry.pattern}\` and \`${other.pattern}\` (${file}:${line}:${column}) have the address \`${place}\` in common`,
          'Two minions never have one address: take it from one of the two.',
        )
      }
      if (wide) networks.push({ place, entry })
      else hosts.set(place, entry)
    }
  }
}

function positionOf(map: YamlMap | undefined, { pattern, position }: InventoryEntry): InventoryEntry['position'] {
  const body = map === undefined ? undefined : entryOf(map, pattern)?.value
  if (body?.kind !== 'map') return position
  return (entryOf(body, 'address') ?? entryOf(body, 'ip4'))?.value.position ?? position
}
