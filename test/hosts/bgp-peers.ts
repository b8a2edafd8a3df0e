import type { LabHost } from './lab/host.ts'
import { until } from './lab/until.ts'

/** A route announced by a foreign router. `path` begins with its claimed own AS; large communities are written `1,2,3`. */
export interface Announcement {
  readonly prefix: string
  readonly path: readonly number[]
  readonly community?: string
  readonly large?: string
}

export interface ForeignRouter {
  readonly asn: number
  readonly v4: string
  readonly v6: string
}

/** An AS path longer than any router accepts. */
export function longPath(asn: number): readonly number[] {
  return Array.from({ length: 65 }, () => asn)
}

/** Gives a host additional addresses on the exchange's LAN. */
export async function onLan(host: LabHost, { v4, v6 }: Pick<ForeignRouter, 'v4' | 'v6'>): Promise<void> {
  await host.must(['ip', 'address', 'add', `${v4}/24`, 'dev', 'host0'])
  await host.must(['ip', '-6', 'address', 'add', `${v6}/64`, 'dev', 'host0', 'nodad'])
}

/** Runs a BIRD that announces what a test wants, true or not. Like a route server, it does not prepend itself to paths. */
export async function runForeignBird(
  host: LabHost,
  {
    own,
    router,
    password,
    routes,
  }: {
    readonly own: ForeignRouter
    readonly router: ForeignRouter
    readonly password: string
    readonly routes: readonly Announcement[]
  },
): Promise<void> {
  const family = (version: 4 | 6): string => {
    const mine = routes.filter(({ prefix }) => prefix.includes(':') === (version === 6))
    const [from, to] = version === 4 ? [own.v4, router.v4] : [own.v6, router.v6]
    return `protocol static routes${version} {
  ipv${version};
${mine.map(({ prefix }) => `  route ${prefix} blackhole;`).join('\n')}
}
filter say${version} {
${mine.map(sayOne).join('\n')}
  reject;
}
protocol bgp router_v${version} {
  local ${from} as ${own.asn};
  neighbor ${to} as ${router.asn};
  direct;
  ttl security on;
  password "${password}";
  rs client;
  ipv${version} { import all; export filter say${version}; };
}
`
  }
  await install(host, ['bird2'])
  const config = `router id ${own.v4};\nprotocol device {}\n${family(4)}${family(6)}`
  await host.writeFile('/etc/bird/bird.conf', config)
  await host.must(['bird', '-p'])
  await host.must(['systemctl', 'restart', 'bird'])
}

function sayOne({ prefix, path, community, large }: Announcement): string {
  const steps = [
    ...path.toReversed().map(asn => `bgp_path.prepend(${asn});`),
    ...(community === undefined ? [] : [`bgp_community.add((${community}));`]),
    ...(large === undefined ? [] : [`bgp_large_community.add((${large}));`]),
  ]
  return `  if net = ${prefix} then { ${steps.join(' ')} accept; }`
}

/** Runs a GoBGP with one neighbour for each address family. */
export async function runGobgp(
  host: LabHost,
  { own, router, password }: { readonly own: ForeignRouter; readonly router: ForeignRouter; readonly password: string },
): Promise<void> {
  const neighbor = (family: 'ipv4' | 'ipv6', from: string, to: string): string => `[[neighbors]]
  [neighbors.config]
    neighbor-address = "${to}"
    peer-as = ${router.asn}
    auth-password = "${password}"
  [neighbors.transport.config]
    local-address = "${from}"
  [neighbors.ttl-security.config]
    enabled = true
    ttl-min = 255
  [[neighbors.afi-safis]]
    [neighbors.afi-safis.config]
      afi-safi-name = "${family}-unicast"
`
  await install(host, ['gobgpd'])
  await host.writeFile(
    '/etc/gobgpd.conf',
    `[global.config]
  as = ${own.asn}
  router-id = "${own.v4}"
${neighbor('ipv4', own.v4, router.v4)}${neighbor('ipv6', own.v6, router.v6)}`,
  )
  await host.must(['systemctl', 'restart', 'gobgpd'])
}

export async function gobgpSays(host: LabHost, prefixes: readonly string[]): Promise<void> {
  for (const prefix of prefixes) {
    await host.must(['gobgp', 'global', 'rib', 'add', '-a', prefix.includes(':') ? 'ipv6' : 'ipv4', prefix])
  }
}

/** Reads routes from BIRD on a host: attributes as text, by prefix. */
export async function routesOf(host: LabHost, words: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const { stdout } = await host.exec(['birdc', 'show', 'route', 'all', ...words])
  const routes = new Map<string, string>()
  let prefix = ''
  for (const line of stdout.split('\n')) {
    const [, found] = /^([0-9a-f.:]+\/\d+)\s/.exec(line) ?? []
    prefix = found ?? prefix
    if (prefix !== '') routes.set(prefix, `${routes.get(prefix) ?? ''}${line}\n`)
  }
  return routes
}

/** Maps each refused prefix to the number of its reason. */
export async function refusedBy(
  host: LabHost,
  asn: number,
  session: string,
): Promise<Readonly<Record<string, string>>> {
  const routes = await routesOf(host, ['filtered', 'protocol', session])
  const reason = new RegExp(`\\(${asn}, 666, (\\d+)\\)`)
  return Object.fromEntries([...routes].map(([prefix, text]) => [prefix, reason.exec(text)?.[1] ?? 'no reason']))
}

export async function established(host: LabHost, sessions: readonly string[]): Promise<void> {
  const states = async (): Promise<string> => (await host.exec(['birdc', 'show', 'protocols'])).stdout
  await until(
    async () => {
      const text = await states()
      const up = (name: string): boolean => new RegExp(`^${name}\\s.*Established`, 'm').test(text)
      return sessions.every(up) ? true : undefined
    },
    { what: `the sessions ${sessions.join(', ')}`, timeoutMs: 60_000, everyMs: 250, evidence: states },
  )
}

export async function install(host: LabHost, packages: readonly string[]): Promise<void> {
  const options = { env: { DEBIAN_FRONTEND: 'noninteractive' }, timeoutMs: 180_000 }
  await host.must(['apt-get', 'install', '-y', '--no-install-recommends', ...packages], options)
}
