import type { Catalog, FileOnDisk, HighstateRule } from '../../../protocol/catalog.ts'
import type { Problem } from '../../../protocol/errors.ts'
import type { Grains } from '../../../protocol/grains.ts'
import type { FleetId, MinionId, Sha256 } from '../../../protocol/ids.ts'
import type { Json, JsonObject } from '../../../protocol/json.ts'
import type { Secret } from '../../../protocol/secret.ts'
import type { Registry } from '../../../states/registry.ts'
import type { PillarTree } from '../../yaml/pillar-tree.ts'
import type { RoleLibrary } from '../role/library.ts'

/** What another minion published. */
export interface ExportedValue {
  readonly minion: MinionId
  readonly value: Json
}

/** role -> export -> values of the minions of the same level, by id. */
export type Exports = ReadonlyMap<string, ReadonlyMap<string, readonly ExportedValue[]>>

/** What minions last reported, by id and then by `role/name`: claims, judged by their types. */
export type Reported = ReadonlyMap<MinionId, JsonObject>

/** `role/name` of exports that states report -> minions that have reported none yet. */
export type Pending = ReadonlyMap<string, readonly MinionId[]>

/** A value of a minion that does not fit its export: whoever reads the export is not compiled. */
export interface RefusedExport {
  readonly minion: MinionId
  readonly problem: Problem
}

/** `role/name` -> values that do not fit. */
export type Refused = ReadonlyMap<string, readonly RefusedExport[]>

/** A minion as roles see it in `minions role="db"`. */
interface Member {
  readonly id: MinionId
  readonly level: string
  readonly roles: readonly string[]
  /** undefined: its address is unknown, or another minion has it. */
  readonly address: string | undefined
}

/** A certificate that the verb issued before compiling (tls.certificate). */
export interface IssuedCertificate {
  readonly certificate: string
  readonly key: Secret<string>
  readonly ca: string
}

/** A number, or a network. */
export type AllocationValue = number | string

/** Who the catalog is for. */
export interface CompileSubject {
  readonly id: MinionId
  readonly level: string
  /** As assigned; included ones are found here. */
  readonly roles: readonly string[]
  readonly vars: JsonObject
  /** The trusted one; absent: there is none. */
  readonly address?: string
  /** All addresses and networks that are held for it. Absent: none. */
  readonly addresses?: readonly string[]
  /** undefined: it has never connected. */
  readonly grains: Grains | undefined
  readonly pillar: PillarTree
  /** By `role/name`: what the master gave it before compiling. */
  readonly allocations?: ReadonlyMap<string, AllocationValue>
}

export interface CompileInput {
  readonly fleet: FleetId
  readonly revision: Sha256
  /** What the fleet says about minions whose master is offline. */
  readonly highstate?: HighstateRule
  readonly library: RoleLibrary
  readonly subject: CompileSubject
  readonly exports: Exports
  /** Absent: nothing is waited for. */
  readonly pending?: Pending
  /** Absent: every value fits. */
  readonly refused?: Refused
  /** Reported values that do not fit: each of them is pending too. Absent: none. */
  readonly unfit?: Refused
  /** Minions of the same level, sorted by id. */
  readonly members: readonly Member[]
  readonly certificates: ReadonlyMap<string, IssuedCertificate>
  readonly registry: Registry
  /** HMAC-SHA-256 under the master's slot key, base64. */
  readonly mac: (text: string) => string
  /** The public part of a private key in PEM, as base64 of its SPKI form; undefined when it is none. */
  readonly publicKey: (pem: string) => string | undefined
}

/** What the catalog was made of, as dotted paths: an edit elsewhere cannot change it. */
export interface Reads {
  readonly grains: readonly string[]
  readonly pillar: readonly string[]
  /** `role.export`. */
  readonly exports: readonly string[]
}

export interface Compiled {
  readonly ok: true
  readonly catalog: Catalog
  /** By slot number. */
  readonly secrets: readonly string[]
  readonly blobs: ReadonlyMap<Sha256, Uint8Array | FileOnDisk>
  readonly reads: Reads
  /** Told by `master lint`. */
  readonly warnings: readonly Problem[]
}

export type CompileResult = Compiled | { readonly ok: false; readonly problems: readonly [Problem, ...Problem[]] }

/** The part of the input that all subjects of one compilation share: what is derived from it is left out. */
export type SharedInput = Omit<CompileInput, 'subject' | 'exports' | 'pending' | 'refused' | 'unfit' | 'certificates'>
