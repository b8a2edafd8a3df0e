import type { MinionId, StateKey } from './ids.ts'

/** A port or range of ports: `3306/tcp`, or `60000-61000/udp`. */
export interface PortRange {
  readonly proto: 'tcp' | 'udp'
  readonly from: number
  readonly to: number
}

export interface ContractPorts {
  /** Each single port must answer; a range is only permitted. */
  readonly public: readonly PortRange[]
  readonly internal: readonly PortRange[]
  /** Ports that may listen but need not; open only to the sources in `ingress`. */
  readonly optional?: readonly PortRange[]
}

/** All ports that may listen. Pure. */
export function permittedPorts(ports: ContractPorts | undefined): readonly PortRange[] {
  return ports === undefined ? [] : [...ports.public, ...ports.internal, ...(ports.optional ?? [])]
}

/** What a role requires of the fleet and of its hosts. Absent members are not required. */
export interface Contract {
  /** Number of minions per level that have the role, assigned or included. */
  readonly count?: { readonly min?: number; readonly max?: number; readonly exactly?: number }
  /** True: its host must have a public address. False: it must not have one. */
  readonly publicIp?: boolean
  /** A hostname that resolves to one of the role's hosts; per level, or one for all levels. `{domain}` is the level's domain. */
  readonly publicHostname?: string | { readonly [level: string]: string }
  /** A path that must be on a separate mount. */
  readonly volume?: string
  readonly ports?: ContractPorts
  /** Names that public addresses must resolve to, each to one of them; true for any name. */
  readonly reverseDns?: true | readonly string[]
  /** Roles that its host must also have. */
  readonly with?: readonly string[]
  /** Roles that some minion of the same level must have. */
  readonly needs?: readonly string[]
}

const CONTRACT_KINDS = [
  'count',
  'public_ip',
  'public_hostname',
  'volume',
  'ports',
  'reverse_dns',
  'requires',
  'certificate',
] as const
type ContractKind = (typeof CONTRACT_KINDS)[number]

/** One requirement, and what was found. */
export interface ContractFinding {
  readonly kind: ContractKind
  readonly level: string
  /** Absent for what no role declares (`port not declared`) and for certificates. */
  readonly role?: string
  /** Absent for a finding about a whole level. */
  readonly minion?: MinionId
  /** The state concerned; only for certificates. */
  readonly state?: StateKey
  readonly expected: string
  readonly found: string
  readonly ok: boolean
}

/** Parses ports such as `53/udp`; undefined when invalid. Pure. */
export function parsePorts(text: string): PortRange | undefined {
  const [, first, last = first, proto] = /^(\d{1,5})(?:-(\d{1,5}))?\/(tcp|udp)$/.exec(text) ?? []
  const [from, to] = [Number(first), Number(last)]
  if (proto === undefined || !(from >= 1 && from <= to && to <= 65_535)) return undefined
  return { proto: proto as PortRange['proto'], from, to }
}

/** Formats ports, for example `443/tcp`. Pure. */
export function formatPorts({ proto, from, to }: PortRange): string {
  return `${from === to ? from : `${from}-${to}`}/${proto}`
}
