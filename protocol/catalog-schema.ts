import { z } from 'zod/mini'
import { type FleetId, isMinionId, isSha256, type MinionId, type Sha256, type StateKey } from './ids.ts'
import { isJsonObject, type Json, type JsonObject } from './json.ts'

/**
 * The catalog, in JSON: what the master compiled and signed. A minion that does not know a member refuses the whole catalog: a state
 * without it could do something else than was meant. A member that is added needs a line in protocol/version.ts.
 */

const position = z.strictObject({ file: z.string(), line: z.number(), column: z.number() })
const argv = z.array(z.string()).check(z.minLength(1))
const keys = z.array(z.custom<StateKey>(value => typeof value === 'string'))
const sha256 = z.custom<Sha256>(value => typeof value === 'string' && isSha256(value))

/** One secret text that the states need. The values are in the box, at the same index. */
export const slot = z.strictObject({
  /** Pillar path (and derivation), such as `mariadb.replication.password` or `a.b | base64`. */
  path: z.string(),
  /** HMAC-SHA-256 of path and value under the master's slot key, base64: a rotation changes the catalog's hash. */
  mac: z.string(),
})

/** A large file: fetched by hash, never by path. */
export const blobRef = z.strictObject({ sha256, size: z.number() })

/** Guards of a state, read before it plans. Argv lists, never a shell. */
export const guards = z.strictObject({
  /** Skip when all of these exit 0. */
  unless: z.optional(z.array(argv)),
  /** Skip unless all of these exit 0. */
  onlyif: z.optional(z.array(argv)),
  /** Skip when all of these paths exist. */
  creates: z.optional(z.array(z.string())),
})

/** Where a reported value goes. */
export const exportPlace = z.strictObject({
  /** `role/name`. */
  name: z.string(),
  /** The export is a map, and the value is its entry of this key. */
  key: z.optional(z.string()),
})

export const catalogState = z.strictObject({
  key: z.custom<StateKey>(value => typeof value === 'string'),
  /** For example `file.managed`. */
  type: z.string(),
  id: z.string(),
  /** What the state is about: path, package, unit; the id unless `name` was given. */
  name: z.string(),
  role: z.string(),
  /** More than one when equal declarations were merged. */
  declaredAt: z.array(position),
  /** Arguments with all defaults filled in; `name` is among them; text with secrets is `{$text: TextPart[]}`. */
  params: z.custom<JsonObject>(isJsonObject),
  requisites: z.strictObject({ require: z.optional(keys), watch: z.optional(keys), onchanges: z.optional(keys) }),
  guards,
  /** Validates the candidate file (`{path}`) before it is put in place, or the result of any other state; argv list. */
  checkCmd: z.optional(argv),
  /** Seconds for the whole state; absent: the engine's default. */
  timeout: z.optional(z.number()),
  /** A failure ends the run. */
  failhard: z.optional(z.boolean()),
  /** Seconds: its changes stay only if the master can be reached within that time after them. */
  confirm: z.optional(z.number()),
  /** What becomes of its thing when no role declares it any more; absent: it is reported. `keep`: it is not even noted. */
  onOrphan: z.optional(z.enum(['remove', 'keep'])),
  /** The value that it reports becomes this export of the minion. */
  exportAs: z.optional(exportPlace),
})

const jsonText = z.custom<Json>(value => typeof value === 'string' || isSlotMap(value))

/** What a check wants of its program. Texts are compared without the newline at their end; all of them must hold. */
export const checkExpectation = z.strictObject({
  exit: z.number(),
  /** The whole text, or a regular expression between slashes, such as `/^10\\./m`. */
  stdout: z.optional(z.string()),
  stdoutContains: z.optional(z.string()),
  /** As `stdout`. */
  stderr: z.optional(z.string()),
})

/** A program that proves that something works: it looks, and changes nothing. Part of the signed catalog. */
export const catalogCheck = z.strictObject({
  /** `role/name`. */
  key: z.string(),
  role: z.string(),
  name: z.string(),
  /** argv: it shows in process lists, so no secret is ever in it. */
  run: argv,
  /** Who it runs as; absent: root. */
  user: z.optional(z.string()),
  /** Text; `{$text: TextPart[]}` when it has secrets. */
  stdin: z.optional(jsonText),
  /** Values as `stdin`. */
  env: z.optional(z.record(z.string(), jsonText)),
  /** Seconds. */
  timeout: z.number(),
  /** How often it is run again after a failure; absent: `CHECK_RETRIES` in an apply that changed something, else never. */
  retries: z.optional(z.number()),
  /** Seconds between two tries; absent: `CHECK_INTERVAL`. */
  interval: z.optional(z.number()),
  expect: checkExpectation,
  /** The states that it depends on: while one of them would still change, its failure proves nothing. */
  after: keys,
  declaredAt: position,
})

/** The highstate that a minion applies by itself while its master is away. */
export const highstateRule = z.strictObject({
  everyMs: z.int().check(z.minimum(1000)),
  /** Each minion waits longer by an offset of its own below this. */
  splayMs: z.int().check(z.minimum(0)),
})

/** All states for one minion, compiled and in final order. The same inputs give the same bytes. */
export const catalogSchema = z.strictObject({
  format: z.literal(1),
  /** The version of Saltern that knows every member; absent: each one does. */
  needs: z.optional(z.string().check(z.maxLength(32))),
  fleet: z.custom<FleetId>(value => typeof value === 'string'),
  minion: z.custom<MinionId>(value => typeof value === 'string' && isMinionId(value)),
  level: z.string(),
  /** Effective roles: assigned and included. */
  roles: z.array(z.string()),
  /** Content hash of the fleet directory it was compiled from. */
  revision: sha256,
  states: z.array(catalogState),
  /** In the order of the roles; absent when there are none. */
  checks: z.optional(z.array(catalogCheck)),
  /** TCP ports that the contracts of the roles name, ascending: the minion tells whether they answer. */
  probes: z.optional(z.array(z.int().check(z.minimum(1), z.maximum(65_535)))),
  /** Absent: it waits for its master, however long. */
  highstate: z.optional(highstateRule),
  slots: z.array(slot),
  blobs: z.array(blobRef),
  /** Hash of each state type that the catalog uses: a minion with a differing one refuses this catalog only. */
  stateTypes: z.record(z.string(), z.string()),
})

/** `{$text: [...]}` and nothing else. */
function isSlotMap(value: unknown): boolean {
  return isJsonObject(value) && Array.isArray(value['$text']) && Object.keys(value).length === 1
}
