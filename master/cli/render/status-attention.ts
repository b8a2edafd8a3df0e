import { bytesText } from '../../../protocol/amounts.ts'
import { roomLeft } from '../../../protocol/disk-room.ts'
import type { StatusResult } from '../../verbs/status.ts'
import { namesText } from './minion-names.ts'
import { moment } from './time.ts'

/** Something that an operator should look at, and what to type. */
interface Attention {
  readonly what: string
  readonly type: string
}

/** Lists what needs attention, the worst first. Pure. */
export function attentionOf(status: StatusResult): readonly Attention[] {
  return [
    ...diskFull(status),
    ...overloaded(status),
    ...fleetProblems(status),
    ...failures(status),
    ...offline(status),
    ...certificates(status),
    ...schedules(status),
    ...keys(status),
  ]
}

function diskFull({ disk }: StatusResult): readonly Attention[] {
  if (disk === undefined) return []
  const { directory, freeBytes, totalBytes } = disk
  if (roomLeft(freeBytes, totalBytes) === 'enough') return []
  return [{ what: `only ${bytesText(freeBytes)} are free for the store`, type: `df -h ${directory}` }]
}

function overloaded({ overloadedMs }: StatusResult): readonly Attention[] {
  if (overloadedMs === undefined) return []
  const late = `${(overloadedMs / 1000).toFixed(1)} s`
  const what = `the master is overloaded: within the last minute it was up to ${late} late. Jobs take longer; nothing is lost`
  return [{ what, type: 'master jobs' }]
}

function fleetProblems({ fleet: { problems = [] } }: StatusResult): readonly Attention[] {
  const [first] = problems
  if (first === undefined) return []
  const more = problems.length === 1 ? '' : ` and ${problems.length - 1} more`
  return [{ what: `problem in the fleet: ${first.code} ${first.message}${more}`, type: 'master lint' }]
}

function failures({ failed = 0, failures: newest = [] }: StatusResult): readonly Attention[] {
  const [last] = newest
  if (last === undefined) return []
  const why = last.code === undefined ? last.state : `${last.code}: ${last.message ?? ''}`
  const one = `the last run of ${last.minion} (${last.verb}, ${moment(last.at)} UTC) failed: ${why}`
  return [
    { what: one, type: `master report ${last.run}` },
    ...(failed < 2 ? [] : [{ what: `the last run of ${failed} minions failed`, type: 'master minions failed' }]),
  ]
}

function offline({ minions: { accepted, connected, offline: some } }: StatusResult): readonly Attention[] {
  const count = Math.max(accepted - connected, 0)
  const [first] = some
  if (count === 0 || first === undefined) return []
  const since = first.since === undefined ? 'never connected' : `offline since ${moment(first.since)} UTC`
  if (count === 1) return [{ what: `${first.minion} is offline (${since})`, type: `master minions ${first.minion}` }]
  const more = count > some.length ? ` and ${count - some.length} more` : ''
  const names = more === '' ? namesText(some.map(({ minion }) => minion)) : some.map(({ minion }) => minion).join(', ')
  return [{ what: `${count} minions are offline: ${names}${more}`, type: 'master minions offline' }]
}

function certificates({ certificates: { overdue }, now }: StatusResult): readonly Attention[] {
  if (overdue === undefined) return []
  const when = Date.parse(overdue.notAfter) < Date.parse(now) ? 'expired' : 'expires'
  const what = `the certificate ${overdue.name} of ${overdue.minion} ${when} ${moment(overdue.notAfter)} UTC; an apply renews it if a role still needs it`
  return [{ what, type: `master apply ${overdue.minion}` }]
}

function schedules({ schedule }: StatusResult): readonly Attention[] {
  const { failed = [] } = schedule ?? {}
  if (failed.length === 0) return []
  return [{ what: `the last scheduled run failed: ${failed.join(', ')}`, type: 'master schedule' }]
}

function keys({ minions: { pending, taken = [] } }: StatusResult): readonly Attention[] {
  if (taken.length > 0)
    return [{ what: `id taken: another key is pending for ${taken.join(', ')}`, type: 'master keys' }]
  if (pending === 0) return []
  return [{ what: pending === 1 ? '1 key is pending' : `${pending} keys are pending`, type: 'master keys' }]
}
