import { createHash } from 'node:crypto'
import { z } from 'zod/mini'
import type { CatalogCheck } from './checks.ts'
import { AppError } from './errors.ts'
import { type FleetId, isMinionId, isSha256, type MinionId, type Sha256, type StateKey } from './ids.ts'
import { canonicalJson, isJsonObject, type Json, type JsonObject } from './json.ts'
import type { SourcePosition } from './source.ts'

/** The edges of a state to others of the same catalog; `_in` forms are already turned round by the compiler. */
export const REQUISITES = ['require', 'watch', 'onchanges'] as const
export type Requisite = (typeof REQUISITES)[number]

/** Text with holes: a part is text as it is, or the number of a slot whose value travels in the box. */
export type TextPart = string | { readonly slot: number }

/** How text with slots stands among the parameters of a state: a map with this one key. */
export const TEXT_KEY = '$text'

/** One secret text that the states need. The values are in the box, at the same index. */
export interface Slot {
  /** Pillar path (and derivation), such as `mariadb.replication.password` or `a.b | base64`. */
  readonly path: string
  /** HMAC-SHA-256 of path and value under the master's slot key, base64: a rotation changes the catalog's hash. */
  readonly mac: string
}

/** A large file: fetched by hash, never by path. */
export interface BlobRef {
  readonly sha256: Sha256
  readonly size: number
}

/** Guards of a state, read before it plans. Argv lists, never a shell. */
export interface Guards {
  /** Skip when all of these exit 0. */
  readonly unless?: readonly (readonly string[])[]
  /** Skip unless all of these exit 0. */
  readonly onlyif?: readonly (readonly string[])[]
  /** Skip when all of these paths exist. */
  readonly creates?: readonly string[]
}

export interface CatalogState {
  readonly key: StateKey
  /** Such as `file.managed`. */
  readonly type: string
  readonly id: string
  /** What the state is about: path, package, unit; the id unless `name` was given. */
  readonly name: string
  readonly role: string
  /** More than one when equal declarations were merged. */
  readonly declaredAt: readonly SourcePosition[]
  /** Arguments with all defaults filled in; `name` is among them; text with secrets is `{$text: TextPart[]}`. */
  readonly params: JsonObject
  readonly requisites: { readonly [requisite in Requisite]?: readonly StateKey[] }
  readonly guards: Guards
  /** Validates the candidate file (`{path}`) before it is put in place, or the result of any other state; argv list. */
  readonly checkCmd?: readonly string[]
  /** Seconds for the whole state; absent: the engine's default. */
  readonly timeout?: number
  /** A failure ends the run. */
  readonly failhard?: boolean
  /** Seconds: its changes stay only if the master can be reached within that time after them. */
  readonly confirm?: number
  /** What becomes of its thing when no role declares it any more; absent: it is reported. `keep`: it is not even noted. */
  readonly onOrphan?: 'remove' | 'keep'
  /** The value that it reports becomes this export of the minion. */
  readonly exportAs?: ExportPlace
}

/** Where a reported value goes. */
export interface ExportPlace {
  /** `role/name`. */
  readonly name: string
  /** The export is a map, and the value is its entry of this key. */
  readonly key?: string
}

/** The highstate that a minion applies by itself while its master is away. */
export interface HighstateRule {
  readonly everyMs: number
  /** Each minion waits longer by an offset of its own below this. */
  readonly splayMs: number
}

/** All states for one minion, compiled and in final order. The same inputs give the same bytes. */
export interface Catalog {
  readonly format: 1
  readonly fleet: FleetId
  readonly minion: MinionId
  readonly level: string
  /** Effective roles: assigned and included. */
  readonly roles: readonly string[]
  /** Content hash of the fleet directory it was compiled from. */
  readonly revision: Sha256
  readonly states: readonly CatalogState[]
  /** In the order of the roles; absent when there are none. */
  readonly checks?: readonly CatalogCheck[]
  /** TCP ports that the contracts of the roles name, ascending: the minion tells whether they answer. */
  readonly probes?: readonly number[]
  /** Absent: it waits for its master, however long. */
  readonly highstate?: HighstateRule
  readonly slots: readonly Slot[]
  readonly blobs: readonly BlobRef[]
  /** Hash of each state type that the catalog uses: a minion with a differing one refuses this catalog only. */
  readonly stateTypes: { readonly [type: string]: string }
}

export function encodeCatalog(catalog: Catalog): Uint8Array {
  return new TextEncoder().encode(canonicalJson(catalog))
}

export function sha256Of(bytes: Uint8Array | string): Sha256 {
  return createHash('sha256').update(bytes).digest('hex') as Sha256
}

const position = z.strictObject({ file: z.string(), line: z.number(), column: z.number() })
const argv = z.array(z.string()).check(z.minLength(1))
const keys = z.array(z.custom<StateKey>(value => typeof value === 'string'))
const sha256 = z.custom<Sha256>(value => typeof value === 'string' && isSha256(value))

const catalogState = z.strictObject({
  key: z.custom<StateKey>(value => typeof value === 'string'),
  type: z.string(),
  id: z.string(),
  name: z.string(),
  role: z.string(),
  declaredAt: z.array(position),
  params: z.custom<JsonObject>(isJsonObject),
  requisites: z.strictObject({ require: z.optional(keys), watch: z.optional(keys), onchanges: z.optional(keys) }),
  guards: z.strictObject({
    unless: z.optional(z.array(argv)),
    onlyif: z.optional(z.array(argv)),
    creates: z.optional(z.array(z.string())),
  }),
  checkCmd: z.optional(argv),
  timeout: z.optional(z.number()),
  failhard: z.optional(z.boolean()),
  confirm: z.optional(z.number()),
  onOrphan: z.optional(z.enum(['remove', 'keep'])),
  exportAs: z.optional(z.strictObject({ name: z.string(), key: z.optional(z.string()) })),
})

const jsonText = z.union([z.string(), z.custom<JsonObject>(value => isJsonObject(value) && isSlotText(value))])
const catalogCheck = z.strictObject({
  key: z.string(),
  role: z.string(),
  name: z.string(),
  run: argv,
  user: z.optional(z.string()),
  stdin: z.optional(jsonText),
  env: z.optional(z.record(z.string(), jsonText)),
  timeout: z.number(),
  retries: z.optional(z.number()),
  interval: z.optional(z.number()),
  expect: z.strictObject({
    exit: z.number(),
    stdout: z.optional(z.string()),
    stdoutContains: z.optional(z.string()),
    stderr: z.optional(z.string()),
  }),
  after: keys,
  declaredAt: position,
})

const catalogSchema = z.strictObject({
  format: z.literal(1),
  fleet: z.custom<FleetId>(value => typeof value === 'string'),
  minion: z.custom<MinionId>(value => typeof value === 'string' && isMinionId(value)),
  level: z.string(),
  roles: z.array(z.string()),
  revision: sha256,
  states: z.array(catalogState),
  checks: z.optional(z.array(catalogCheck)),
  probes: z.optional(z.array(z.int().check(z.minimum(1), z.maximum(65_535)))),
  highstate: z.optional(
    z.strictObject({ everyMs: z.int().check(z.minimum(1000)), splayMs: z.int().check(z.minimum(0)) }),
  ),
  slots: z.array(z.strictObject({ path: z.string(), mac: z.string() })),
  blobs: z.array(z.strictObject({ sha256, size: z.number() })),
  stateTypes: z.record(z.string(), z.string()),
})

/** The catalog in these bytes; CATALOG_REFUSED when they are not one. Signature and hash are checked by the caller first. */
export function decodeCatalog(bytes: Uint8Array): Catalog {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    throw new AppError({ code: 'CATALOG_REFUSED', message: 'the catalog is no JSON text' }, { cause })
  }
  const parsed = catalogSchema.safeParse(value)
  if (parsed.success) return parsed.data as Catalog
  const [issue] = parsed.error.issues
  const where = issue === undefined || issue.path.length === 0 ? 'catalog' : issue.path.join('.')
  throw new AppError({
    code: 'CATALOG_REFUSED',
    message: `the catalog is not of the shape of format 1 at \`${where}\``,
    hint: 'Bring master and minion to the same version.',
  })
}

/** True for the map that stands for text with slots. */
export function isSlotText(value: Json): value is { readonly [TEXT_KEY]: readonly TextPart[] } {
  return isJsonObject(value) && Array.isArray(value[TEXT_KEY]) && Object.keys(value).length === 1
}
