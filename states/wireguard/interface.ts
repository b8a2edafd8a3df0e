import { AppError } from '../../protocol/errors.ts'
import { revealText, Secret } from '../../protocol/secret.ts'
import type { Action } from '../action.ts'
import { defineState } from '../define.ts'
import { absolutePath, secretText } from '../kinds.ts'
import { type FileLook, lookAtFile, planFile } from '../lib/file-plan.ts'
import { reloadIfStale } from '../lib/unit-file.ts'
import { faultsOf, isWireguardKey, linkPart, peersIn, peersShown, withPrivateKey } from '../lib/wireguard-config.ts'
import { interfaceName } from '../name-kinds.ts'
import { required, withDefault } from '../params.ts'
import type { SystemReader, UnitStatus } from '../system.ts'

interface Current {
  /** The complete configuration with its private key; undefined while there is no key. */
  readonly wanted: Secret<string> | undefined
  readonly file: FileLook
  /** True when the part that only a restart applies matches the file on disk. */
  readonly sameLink: boolean
  readonly unit: UnitStatus
  /** WireGuard's current peers by public key; undefined when there is no such interface. */
  readonly peers: ReadonlyMap<string, number> | undefined
}

export const wireguardInterface = defineState({
  name: 'wireguard.interface',
  summary:
    'Configures a WireGuard interface with wg-quick, now and at boot. Changed peers are applied without restarting the interface.',
  nameKind: interfaceName(),
  params: {
    contents: required(
      secretText(),
      'Configuration in the syntax of wg-quick(8), without `PrivateKey`. Use `source: PATH` instead to take a file of the role.',
    ),
    private_key: withDefault(
      absolutePath(),
      '/etc/wireguard/private.key',
      'Path of the private key, see `wireguard.key`.',
    ),
  },
  owns: ({ name }) => `wireguard:${name}`,
  opposite: ({ name }) => ({ type: 'wireguard.absent', params: { name } }),
  conflicts: ({ contents }) => (typeof contents === 'string' ? faultsOf(contents) : []),
  confirm: 60,
  async read(system, { name, contents, private_key }): Promise<Current> {
    const key = (await system.readText(private_key))?.trim() ?? ''
    const clear = revealText(contents)
    const wanted = isWireguardKey(key) ? new Secret(withPrivateKey(clear, key), private_key) : undefined
    const path = configPath(name)
    const there = (await system.readText(path)) ?? ''
    return {
      wanted,
      file:
        wanted === undefined
          ? { status: await system.stat(path), same: false }
          : await lookAtFile(system, path, wanted),
      sameLink: linkPart(there) === linkPart(clear),
      unit: await system.unitStatus(unitOf(name)),
      peers: await livePeers(system, name),
    }
  },
  plan({ name, contents, private_key }, { wanted, file, sameLink, unit, peers }) {
    if (wanted === undefined) throw keyMissing(private_key)
    const of = { path: configPath(name), content: wanted, mode: '0600', user: 'root', group: 'root', showDiff: false }
    const actions: Action[] = [...planFile(of, file)]
    if (unit.enabled === 'disabled') actions.push({ do: 'unit', unit: unitOf(name), verb: 'enable' })
    if (unit.active !== 'active')
      actions.push(...reloadIfStale(unit.details), { do: 'unit', unit: unitOf(name), verb: 'start' })
    else if (peers === undefined || !sameLink) actions.push({ do: 'unit', unit: unitOf(name), verb: 'restart' })
    else if (!file.same || !samePeers(peersIn(revealText(contents)), peers)) {
      actions.push({ do: 'unit', unit: unitOf(name), verb: 'reload' })
    }
    return actions
  },
  revert: ({ name }, { unit }) => [
    { do: 'unit', unit: unitOf(name), verb: unit.active === 'active' ? 'restart' : 'stop' },
  ],
})

async function livePeers(system: SystemReader, name: string): Promise<ReadonlyMap<string, number> | undefined> {
  if ((await system.stat(`/sys/class/net/${name}`)) === undefined) return undefined
  const { exitCode, stdout } = await system.query(['wg', 'show', name, 'allowed-ips'])
  return exitCode === 0 ? peersShown(stdout) : undefined
}

function samePeers(one: ReadonlyMap<string, number>, other: ReadonlyMap<string, number>): boolean {
  return one.size === other.size && [...one].every(([key, networks]) => other.get(key) === networks)
}

function configPath(name: string): string {
  return `/etc/wireguard/${name}.conf`
}

function unitOf(name: string): string {
  return `wg-quick@${name}.service`
}

function keyMissing(path: string): AppError {
  return new AppError({
    code: 'PREREQUISITE_MISSING',
    message: `there is no WireGuard private key at \`${path}\``,
    hint: `Require the state that creates it: \`require: [{wireguard.key: ${path}}]\`.`,
  })
}
