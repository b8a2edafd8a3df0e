import type { MinionId, StateKey } from './ids.ts'

/** `3306/tcp`, or a range such as `60000-61000/udp`. */
export interface PortRange {
  readonly proto: 'tcp' | 'udp'
  readonly from: number
  readonly to: number
}

export interface ContractPorts {
  /** Each single port must answer; a range only permits. */
  readonly public: readonly PortRange[]
  readonly internal: readonly PortRange[]
  /** What may listen and need not; it is open only to those whom an entry of `ingress` names. */
  readonly optional?: readonly PortRange[]
}

/** Everything that may listen. Pure. */
export function permittedPorts(ports: ContractPorts | undefined): readonly PortRange[] {
  return ports === undefined ? [] : [...ports.public, ...ports.internal, ...(ports.optional ?? [])]
}

/** What a role demands of the fleet and of the hosts that have it. What is absent is not demanded. */
export interface Contract {
  /** Of minions of one level that have the role, assigned or included. */
  readonly count?: { readonly min?: number; readonly max?: number; readonly exactly?: number }
  /** Whether its host must have a public address. */
  readonly publicIp?: boolean
  /** A name that leads to one of the role's hosts; by level, or one for all levels. `{domain}` is the level's own. */
  readonly publicHostname?: string | { readonly [level: string]: string }
  /** A path that must be on a separate mount. */
  readonly volume?: string
  readonly ports?: ContractPorts
  /** The names that public addresses must resolve to, each to one of them; true: any name. */
  readonly reverseDns?: true | readonly string[]
  /** Roles that its host must have too. */
  readonly with?: readonly string[]
  /** Roles that some minion of its level must have. */
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

/** One demand, and what was found. */
export interface ContractFinding {
  readonly kind: ContractKind
  readonly level: string
  /** Absent for what no role declares (`port not declared`) and for certificates. */
  readonly role?: string
  /** Absent for what is about a whole level. */
  readonly minion?: MinionId
  /** The state that it is about: a certificate's own. */
  readonly state?: StateKey
  readonly expected: string
  readonly found: string
  readonly ok: boolean
}

/** The ports in a text such as `53/udp`; undefined when it is none. Pure. */
export function parsePorts(text: string): PortRange | undefined {
  const [, first, last = first, proto] = /^(\d{1,5})(?:-(\d{1,5}))?\/(tcp|udp)$/.exec(text) ?? []
  const [from, to] = [Number(first), Number(last)]
  if (proto === undefined || !(from >= 1 && from <= to && to <= 65_535)) return undefined
  return { proto: proto as PortRange['proto'], from, to }
}

/** `443/tcp`. Pure. */
export function formatPorts({ proto, from, to }: PortRange): string {
  return `${from === to ? from : `${from}-${to}`}/${proto}`
}
