/** Names of earlier versions, each with its current name: an old name is an error that shows the new one. */
export type Renamed = ReadonlyMap<string, string>

/** Keys of a role.yml. `ready` is also inverted: `ready: false` is `draft: true`. */
export const RENAMED_ROLE_KEYS: Renamed = new Map([
  ['leases', 'allocations'],
  ['opens', 'ingress'],
  ['does', 'purpose'],
  ['ready', 'draft'],
])

/** Keys of a step of a runbook. */
export const RENAMED_STEP_KEYS: Renamed = new Map([['lease', 'allocation']])

/** Paths in expressions. */
export const RENAMED_PATHS: Renamed = new Map([
  ['leases', 'allocations'],
  ['minion.openings', 'minion.ingress'],
])

/** Verbs in the rights of an operator. */
export const RENAMED_VERBS: Renamed = new Map([
  ['lease-list', 'allocation-list'],
  ['lease-release', 'allocation-release'],
])

/** What to do when a file uses an old name. */
const MIGRATE_HINT = 'Type `master migrate DIR`, with the fleet directory: it renames all old names in place.'

/** Creates the problem of an old name, without its position. `old` and `now` are quoted as in the file. Pure. */
export function renamedProblem(
  old: string,
  now: string,
): { readonly code: 'KEY_RENAMED'; readonly message: string; readonly hint: string } {
  return { code: 'KEY_RENAMED', message: `\`${old}\` is now called \`${now}\``, hint: MIGRATE_HINT }
}
