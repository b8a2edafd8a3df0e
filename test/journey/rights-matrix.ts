import type { InputOf, VerbName } from '../../master/verbs/index.ts'

/** The expected result of a verb for an operator who may `test` everything and `render` on `level=staging`, and nothing else. */
type Expected = 'answered' | 'denied'

export interface Row<Verb extends VerbName = VerbName> {
  readonly input: InputOf<Verb>
  readonly words: readonly string[]
  readonly is: Expected
}

/** One row for each verb, as passed to the API and as typed. */
export const MATRIX: {
  readonly [Verb in VerbName]?: Row<Verb>
} = {
  ping: { input: { target: '*' }, words: ['ping', '*'], is: 'denied' },
  apply: { input: { target: '*' }, words: ['apply', '*'], is: 'denied' },
  test: { input: { target: 'p1' }, words: ['test', 'p1'], is: 'answered' },
  orphans: { input: {}, words: ['orphans'], is: 'denied' },
  'orphans-remove': { input: { target: 'p1' }, words: ['orphans', 'p1', '--remove', '--yes'], is: 'denied' },
  'orphans-forget': { input: { target: 'p1' }, words: ['orphans', 'p1', '--forget', '--yes'], is: 'denied' },
  minions: { input: {}, words: ['minions'], is: 'denied' },
  grains: { input: { target: 's1' }, words: ['grains', 's1'], is: 'denied' },
  status: { input: {}, words: ['status'], is: 'denied' },
  doctor: { input: {}, words: ['doctor'], is: 'denied' },
  overview: { input: {}, words: ['overview'], is: 'answered' },
  names: { input: {}, words: [], is: 'answered' },
  jobs: { input: {}, words: ['jobs'], is: 'denied' },
  job: { input: { job: 'x' }, words: ['jobs', 'x'], is: 'denied' },
  'job-cancel': { input: { job: 'x' }, words: ['jobs', 'cancel', 'x'], is: 'denied' },
  report: { input: {}, words: ['report'], is: 'denied' },
  events: { input: { follow: true }, words: ['events', '--follow'], is: 'denied' },
  keys: { input: {}, words: ['keys'], is: 'denied' },
  'key-accept': { input: { id: 's1' }, words: ['keys', 'accept', 's1', '--yes'], is: 'denied' },
  'key-reject': { input: { id: 's1' }, words: ['keys', 'reject', 's1'], is: 'denied' },
  'key-reject-pending': { input: {}, words: ['keys', 'reject', '--all-pending'], is: 'denied' },
  'key-revoke': { input: { id: 's1' }, words: ['keys', 'revoke', 's1'], is: 'denied' },
  'token-create': { input: {}, words: ['join-token', 'create'], is: 'denied' },
  tokens: { input: {}, words: ['join-token', 'list'], is: 'denied' },
  'token-revoke': { input: { token: 'x' }, words: ['join-token', 'revoke', 'x'], is: 'denied' },
  'pillar-set': { input: { path: 'a', value: 'x' }, words: ['pillar', 'set', 'a'], is: 'denied' },
  'pillar-get': { input: { path: 'a', minion: 's1' }, words: ['pillar', 'get', 'a', '--minion', 's1'], is: 'denied' },
  lint: { input: {}, words: ['lint'], is: 'denied' },
  render: { input: { minion: 's1' }, words: ['render', 's1'], is: 'answered' },
  roles: { input: {}, words: ['roles'], is: 'denied' },
  audit: { input: {}, words: ['audit'], is: 'denied' },
  'audit-verify': { input: {}, words: ['audit', 'verify'], is: 'denied' },
  contract: { input: {}, words: ['contract'], is: 'denied' },
  compliance: { input: {}, words: ['compliance'], is: 'denied' },
  'compliance-history': { input: {}, words: ['compliance', 'history'], is: 'denied' },
  'compliance-show': { input: {}, words: ['compliance', 'show'], is: 'denied' },
  'ssh-config': { input: {}, words: ['ssh-config'], is: 'answered' },
  sessions: { input: {}, words: ['sessions'], is: 'denied' },
  session: { input: { session: 'x' }, words: ['sessions', 'show', 'x'], is: 'denied' },
  'session-play': { input: { session: 'x' }, words: ['sessions', 'play', 'x'], is: 'denied' },
  'schedule-list': { input: {}, words: ['schedule'], is: 'denied' },
  'schedule-next': { input: {}, words: ['schedule', 'next'], is: 'denied' },
  'runbook-list': { input: {}, words: ['runbook'], is: 'denied' },
  'runbook-show': { input: { id: 'rb-x' }, words: ['runbook', 'show', 'rb-x'], is: 'denied' },
  'runbook-plan': { input: { runbook: 'x' }, words: ['runbook', 'plan', 'x'], is: 'denied' },
  'runbook-run': { input: { runbook: 'x' }, words: ['runbook', 'run', 'x'], is: 'denied' },
  'runbook-resume': { input: { id: 'rb-x' }, words: ['runbook', 'resume', 'rb-x'], is: 'denied' },
  'runbook-abort': { input: { id: 'rb-x' }, words: ['runbook', 'abort', 'rb-x'], is: 'denied' },
  'address-list': { input: {}, words: ['address'], is: 'denied' },
  'address-release': { input: { of: 's1' }, words: ['address', 'release', 's1'], is: 'denied' },
  'allocation-list': { input: {}, words: ['allocation'], is: 'denied' },
  'allocation-release': {
    input: { allocation: 'x/y', minion: 's1' },
    words: ['allocation', 'release', 'x/y', 's1'],
    is: 'denied',
  },
  'schedule-run': { input: { schedule: 'x' }, words: ['schedule', 'run', 'x'], is: 'denied' },
  'schedule-pause': { input: { schedule: 'x' }, words: ['schedule', 'pause', 'x'], is: 'denied' },
  'schedule-resume': { input: { schedule: 'x' }, words: ['schedule', 'resume', 'x'], is: 'denied' },
}
