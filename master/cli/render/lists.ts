import type { Json } from '../../../protocol/json.ts'
import type { JobRow } from '../../jobs/results.ts'
import type { EventLine } from '../../verbs/events.ts'
import type { RoleRow } from '../../verbs/fleet.ts'
import type { TokenRow } from '../../verbs/join-tokens.ts'
import type { AcceptResult, KeyRow } from '../../verbs/keys.ts'
import type { PingAnswer } from '../../verbs/minions.ts'
import type { StatusResult } from '../../verbs/status.ts'
import { type Style, safe } from './style.ts'
import { type Cell, renderTable } from './table.ts'
import { moment } from './time.ts'

/** Tables of the read verbs; all pure. */

export function renderPing({ minion, ok, ms, offlineSince }: PingAnswer, { colours }: Style): string {
  if (ok) return `${colours.bold(safe(minion))}  ${colours.green('online')}  ${(ms ?? 0).toFixed(1)} ms\n`
  const since = offlineSince === undefined ? 'never connected' : `offline since ${moment(offlineSince)} UTC`
  return `${colours.bold(safe(minion))}  ${colours.red(since)}\n`
}

export function renderKeys(keys: readonly KeyRow[], style: Style): string {
  const { colours } = style
  const paint = { pending: colours.yellow, accepted: colours.green, rejected: colours.red, revoked: colours.red }
  const rows = keys.map(row => [
    { text: row.minion, paint: colours.bold },
    { text: row.state, paint: paint[row.state] },
    row.fingerprint,
    moment(row.decidedAt ?? row.firstSeenAt),
    row.by ?? row.address ?? '-',
    ...(row.cloneAlarmAt === undefined
      ? row.acceptedKey === undefined
        ? ['']
        : [{ text: `id taken: ${row.acceptedKey} is accepted`, paint: colours.red }]
      : [{ text: `used by two hosts at ${moment(row.cloneAlarmAt)} UTC`, paint: colours.red }]),
  ])
  return renderTable(['minion', 'key', 'fingerprint', 'since', 'by', ''], rows, style) || 'no keys yet\n'
}

export function renderTokens(tokens: readonly TokenRow[], style: Style): string {
  const rows = tokens.map(row => [
    row.token,
    row.state,
    `${row.used}/${row.uses}`,
    row.level ?? '-',
    row.roles.join(',') || '-',
    row.minion ?? '-',
    moment(row.expiresAt),
  ])
  return (
    renderTable(['token', 'state', 'used', 'level', 'roles', 'minion', 'expires'], rows, style) || 'no join tokens\n'
  )
}

export function renderJobs(jobs: readonly JobRow[], style: Style): string {
  const rows = jobs.map(job => [
    job.job,
    job.origin === 'order' ? job.verb : `${job.verb} (${job.origin})`,
    job.target,
    moment(job.createdAt),
    job.operator,
    Object.entries(job.runs)
      .map(([state, count]) => `${count} ${state}`)
      .join(', '),
  ])
  return renderTable(['job', 'verb', 'target', 'at', 'by', 'runs'], rows, style) || 'no jobs yet\n'
}

/** Shows both minions where an allocation gave the role to another minion than the inventory names. */
function minionsCell({ minions, holders = [] }: RoleRow): string {
  const other = holders.filter(({ minion, inventory }) => inventory.length > 0 && !inventory.includes(minion))
  const words = other.map(({ inventory }) => ` (the inventory names ${inventory.join(',')})`)
  return `${minions.join(',') || '-'}${words.join('')}`
}

export function renderRoles(roles: readonly RoleRow[], style: Style): string {
  const rows = roles.map(row => [
    row.role,
    row.state === 'ready' ? 'ready' : { text: 'draft', paint: style.colours.yellow },
    minionsCell(row),
    contractCell(row.contract, style),
    row.demands || '-',
    row.summary,
  ])
  return renderTable(['role', 'state', 'minions', 'contract', 'demands', 'summary'], rows, style)
}

function contractCell(states: RoleRow['contract'], { colours }: Style): Cell | string {
  const broken = states.filter(state => state.broken > 0)
  if (broken.length === 0) return states.length === 0 ? '-' : { text: 'kept', paint: colours.green }
  return { text: `broken in ${broken.map(({ level }) => level).join(', ')}`, paint: colours.red }
}

export function renderStatus(status: StatusResult, style: Style): string {
  const { fleet, minions } = status
  const rows: readonly (readonly [string, string])[] = [
    [
      'master',
      `${status.master}, version ${status.version}, process ${status.pid}, since ${moment(status.startedAt)} UTC`,
    ],
    ['listens on', status.listen],
    ['fleet', `${fleet.name} (${fleet.id}) in ${fleet.directory}`],
    ['revision', fleet.revision?.slice(0, 12) ?? 'none: the fleet cannot be read'],
    ...(fleet.problems ?? []).map(({ code, message }) => ['problem', `${code} ${message}`] as const),
    ['root', status.root],
    ['minions', `${minions.accepted} accepted, ${minions.connected} online, ${minions.pending} pending`],
    ...(minions.taken === undefined ? [] : [['id taken', `${minions.taken.join(', ')}: see \`master keys\``] as const]),
    ['runs', `${status.runs.onTheWay} active`],
    ['log', `${status.log.lastSeq} events`],
  ]
  return rows.map(([word, text]) => `${style.colours.dim(word.padEnd(11))} ${safe(text)}\n`).join('')
}

export function renderEvent({ seq, at, type, event }: EventLine, { colours }: Style): string {
  const facts = Object.entries(event)
    .filter(([key]) => key !== 'type')
    .map(([key, value]) => `${key}=${factText(value)}`)
  return `${colours.dim(`${String(seq).padStart(6)}  ${moment(at)}`)}  ${colours.bold(safe(type))}  ${safe(facts.join(' '))}\n`
}

function factText(value: Json): string {
  return typeof value === 'string' && /^[^\s"]+$/.test(value) ? value : JSON.stringify(value)
}

/** Describes the roles and level that a minion gets when its key is accepted. Pure. */
export function renderFollows({ follows: { roles, level } }: AcceptResult): string {
  const what = roles.length === 0 ? 'no roles' : `the roles ${roles.map(role => safe(role)).join(', ')}`
  return `${what} and ${level === undefined ? 'no level' : `the level ${safe(level)}`}`
}
