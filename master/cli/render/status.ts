import type { StatusResult } from '../../verbs/status.ts'
import { type Style, safe } from './style.ts'
import { moment } from './time.ts'

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
