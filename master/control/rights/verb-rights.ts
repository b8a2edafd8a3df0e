import type { Grantable } from '../../fleet/operators.ts'
import type { CheckedInput, VerbName } from '../contract.ts'
import type { StreamName } from '../session/stream-contract.ts'

/** How the right to a verb is judged, and what the log says of its use. */
export interface VerbRight<Verb extends VerbName = VerbName> {
  /**
   * `minions`: on each minion that it is done to, all or none. `shown`: a right on any minion will do, and the answer
   * holds what he may see. `fleet`: only with all minions as target, as it is about the fleet or the master itself.
   * `everybody`: needs no right, since of itself it shows nothing.
   */
  readonly on: 'minions' | 'shown' | 'fleet' | 'everybody'
  /** `looks`: part of the group `look`; changes nothing and shows no secret. */
  readonly kind: 'looks' | 'acts'
  /** An event `operator-acted` with these words tells of it; absent: it only looks, or an event of its own tells. */
  readonly noted?: (input: CheckedInput<Verb>) => string
}

/** One row for every verb: the type refuses a verb without. */
export const VERB_RIGHTS: { readonly [Verb in VerbName]: VerbRight<Verb> } = {
  ping: { on: 'minions', kind: 'looks' },
  apply: { on: 'minions', kind: 'acts' },
  test: { on: 'minions', kind: 'acts' },
  minions: { on: 'shown', kind: 'looks' },
  status: { on: 'fleet', kind: 'looks' },
  overview: { on: 'everybody', kind: 'looks' },
  'ssh-config': { on: 'everybody', kind: 'looks' },
  names: { on: 'everybody', kind: 'looks' },
  jobs: { on: 'shown', kind: 'looks' },
  job: { on: 'shown', kind: 'looks' },
  'job-cancel': { on: 'minions', kind: 'acts', noted: ({ job }) => job },
  report: { on: 'shown', kind: 'looks' },
  events: { on: 'shown', kind: 'looks' },
  keys: { on: 'fleet', kind: 'looks' },
  'key-accept': { on: 'fleet', kind: 'acts' },
  'key-reject': { on: 'fleet', kind: 'acts' },
  'key-reject-pending': { on: 'fleet', kind: 'acts' },
  'key-revoke': { on: 'fleet', kind: 'acts' },
  'token-create': { on: 'fleet', kind: 'acts' },
  tokens: { on: 'fleet', kind: 'looks' },
  'token-revoke': { on: 'fleet', kind: 'acts' },
  'pillar-set': { on: 'fleet', kind: 'acts', noted: ({ path }) => path },
  'pillar-get': {
    on: 'minions',
    kind: 'acts',
    noted: ({ path, minion }) => (minion === undefined ? path : `${path} as ${minion} sees it`),
  },
  lint: { on: 'fleet', kind: 'looks' },
  render: { on: 'minions', kind: 'looks' },
  roles: { on: 'shown', kind: 'looks' },
  'runbook-list': { on: 'fleet', kind: 'looks' },
  'runbook-show': { on: 'fleet', kind: 'looks' },
  'runbook-plan': { on: 'fleet', kind: 'looks' },
  'runbook-run': { on: 'fleet', kind: 'acts' },
  'runbook-resume': { on: 'fleet', kind: 'acts', noted: ({ id }) => id },
  'runbook-abort': { on: 'fleet', kind: 'acts' },
  'address-list': { on: 'fleet', kind: 'looks' },
  'address-release': { on: 'fleet', kind: 'acts' },
  'allocation-list': { on: 'fleet', kind: 'looks' },
  'allocation-release': { on: 'fleet', kind: 'acts' },
  contract: { on: 'shown', kind: 'looks' },
  // It orders test runs, and may send what came.
  compliance: { on: 'minions', kind: 'acts' },
  'compliance-history': { on: 'fleet', kind: 'looks' },
  'compliance-show': { on: 'minions', kind: 'looks' },
  audit: { on: 'fleet', kind: 'looks' },
  'audit-verify': { on: 'fleet', kind: 'looks' },
  sessions: { on: 'shown', kind: 'looks' },
  session: { on: 'shown', kind: 'looks' },
  // All that somebody saw there: more than a look, and told of.
  'session-play': { on: 'minions', kind: 'acts', noted: ({ session }) => session },
  'schedule-list': { on: 'fleet', kind: 'looks' },
  'schedule-next': { on: 'fleet', kind: 'looks' },
  'schedule-run': { on: 'fleet', kind: 'acts' },
  'schedule-pause': { on: 'fleet', kind: 'acts' },
  'schedule-resume': { on: 'fleet', kind: 'acts' },
}

/** Links: what an operator does on a minion by hand; each is told of by two events of its own. */
export const STREAM_RIGHTS: { readonly [Name in StreamName]: VerbRight } = {
  ssh: { on: 'minions', kind: 'acts' },
  run: { on: 'minions', kind: 'acts' },
  'cp-get': { on: 'minions', kind: 'acts' },
  'cp-put': { on: 'minions', kind: 'acts' },
  forward: { on: 'minions', kind: 'acts' },
}

const RIGHTS: { readonly [verb: string]: VerbRight } = { ...VERB_RIGHTS, ...STREAM_RIGHTS } as never

/** The group of all verbs that only look. */
export const LOOK = 'look'

/** What may stand in `verbs` of a right, besides `*`. */
export const GRANTABLE: Grantable = new Map([
  [LOOK, 'minions'],
  ...Object.entries(RIGHTS).map(([verb, { on }]) => [verb, on === 'fleet' ? 'fleet' : 'minions'] as const),
])

/** The row of a word that may be no verb. */
export function verbRight(verb: string): VerbRight | undefined {
  return Object.hasOwn(RIGHTS, verb) ? RIGHTS[verb] : undefined
}
