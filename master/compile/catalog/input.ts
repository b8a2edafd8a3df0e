import type { Catalog, FileOnDisk, HighstateRule } from '../../../protocol/catalog.ts'
import type { Problem } from '../../../protocol/errors.ts'
import type { Grains } from '../../../protocol/grains.ts'
import type { FleetId, MinionId, Sha256 } from '../../../protocol/ids.ts'
import type { Json, JsonObject } from '../../../protocol/json.ts'
import type { Secret } from '../../../protocol/secret.ts'
import type { Registry } from '../../../states/registry.ts'
import type { PillarTree } from '../../yaml/pillar-tree.ts'
import type { RoleLibrary } from '../role/library.ts'
import type { RoleViews } from './role-views.ts'

/** A value that another minion published. */
export interface ExportedValue {
  readonly minion: MinionId
  readonly value: Json
}

/** Exported values by role, export name, and minions of the same level, by id. */
export type Exports = ReadonlyMap<string, ReadonlyMap<string, readonly ExportedValue[]>>

/** Values that minions last reported, by id and then by `role/name`. They are claims, checked against their types. */
export type Reported = ReadonlyMap<MinionId, JsonObject>

/** Minions that have not reported a value yet, by `role/name` of the export. */
export type Pending = ReadonlyMap<string, readonly MinionId[]>

/** A minion's value that does not fit its export; minions that read the export are not compiled. */
export interface RefusedExport {
  readonly minion: MinionId
  readonly problem: Problem
}

/** Values that do not fit, by `role/name`. */
export type Refused = ReadonlyMap<string, readonly RefusedExport[]>

/** A minion as seen by roles in `minions role="db"`. */
interface Member {
  readonly id: MinionId
  readonly level: string
  readonly roles: readonly string[]
  /** Undefined when the address is unknown or belongs to another minion. */
  readonly address: string | undefined
}

/** A certificate that was issued before compiling (tls.certificate). */
export interface IssuedCertificate {
  readonly certificate: string
  readonly key: Secret<string>
  readonly ca: string
}

/** A number, or a network. */
export type AllocationValue = number | string

/** The minion that the catalog is for. */
export interface CompileSubject {
  readonly id: MinionId
  readonly level: string
  /** As assigned; the compile adds included roles. */
  readonly roles: readonly string[]
  readonly vars: JsonObject
  /** Trusted address; absent when there is none. */
  readonly address?: string
  /** All addresses and networks held for the minion; absent when there are none. */
  readonly addresses?: readonly string[]
  /** Undefined when the minion has never connected. */
  readonly grains: Grains | undefined
  readonly pillar: PillarTree
  /** Values that the master allocated before compiling, by `role/name`. */
  readonly allocations?: ReadonlyMap<string, AllocationValue>
  /** What was made for its roles before. Absent: everything is made each time. */
  readonly views?: RoleViews
}

export interface CompileInput {
  readonly fleet: FleetId
  readonly revision: Sha256
  /** The fleet's rule for minions whose master is offline. */
  readonly highstate?: HighstateRule
  readonly library: RoleLibrary
  readonly subject: CompileSubject
  readonly exports: Exports
  /** Absent: no exports are pending. */
  readonly pending?: Pending
  /** Absent: all values fit. */
  readonly refused?: Refused
  /** Reported values that do not fit; each of them is also pending. Absent: none. */
  readonly unfit?: Refused
  /** Minions of the same level, sorted by id. */
  readonly members: readonly Member[]
  readonly certificates: ReadonlyMap<string, IssuedCertificate>
  readonly registry: Registry
  /** HMAC-SHA-256 under the master's slot key, base64. */
  readonly mac: (text: string) => string
  /** Returns the public part of a private key in PEM, as base64 of its SPKI form; undefined for anything else. */
  readonly publicKey: (pem: string) => string | undefined
}

/** What the catalog was compiled from, as dotted paths: other edits cannot change it. */
export interface Reads {
  readonly grains: readonly string[]
  readonly pillar: readonly string[]
  /** `role.export`. */
  readonly exports: readonly string[]
}

export interface Compiled {
  readonly ok: true
  readonly catalog: Catalog
  /** Indexed by slot number. */
  readonly secrets: readonly string[]
  readonly blobs: ReadonlyMap<Sha256, Uint8Array | FileOnDisk>
  readonly reads: Reads
  /** Shown by `master lint`. */
  readonly warnings: readonly Problem[]
}

export type CompileResult = Compiled | { readonly ok: false; readonly problems: readonly [Problem, ...Problem[]] }

/** Input shared by all subjects of a compilation, without what is derived from it. */
export type SharedInput = Omit<CompileInput, 'subject' | 'exports' | 'pending' | 'refused' | 'unfit' | 'certificates'>
