import type { LastFailure, OverviewResult } from '../../verbs/overview.ts'
import { cut, type Style, safe } from './style.ts'
import { moment } from './time.ts'

const MOST_ROWS = 5

/** Renders the fleet at a glance: levels first, then what needs attention. Also the banner of the shell. Pure. */
export function renderOverview(overview: OverviewResult, style: Style): string {
  const { colours } = style
  const { levels, minions, offline, pending, failures, failed } = overview
  const lines = [
    `${colours.bold(safe(overview.fleet))} on ${safe(overview.master)}, version ${safe(overview.version)}; you are ${safe(overview.operator)}`,
    '',
  ]
  const wide = Math.max(0, ...levels.map(({ level }) => level.length))
  for (const { level, minions: all, online } of levels) {
    const name = colours.bold(safe(level.toUpperCase()).padEnd(wide))
    lines.push(`  ${name}  ${onlineOf(online, all, style)}`)
  }
  const placed = levels.reduce((sum, { minions: count }) => sum + count, 0)
  if (levels.length !== 1 || placed !== minions.accepted) {
    lines.push(`  ${'all'.padEnd(wide)}  ${onlineOf(minions.connected, minions.accepted, style)}`)
  }
  const section = (title: string, rows: readonly string[], count = rows.length): void => {
    if (rows.length === 0) return
    const more = count > MOST_ROWS ? [`and ${count - MOST_ROWS} more`] : []
    lines.push('', `  ${title}`)
    for (const row of [...rows.slice(0, MOST_ROWS), ...more]) lines.push(`    ${row}`)
  }
  section(
    colours.red('offline'),
    offline.map(
      ({ minion, since }) =>
        `${safe(minion)}  ${since === undefined ? 'never connected' : `since ${moment(since)} UTC`}`,
    ),
  )
  section(
    colours.yellow('pending keys'),
    (pending ?? []).map(({ minion, fingerprint, usedTwiceAt, idTaken }) => {
      const twice = usedTwiceAt === undefined ? '' : `  used by two hosts at ${moment(usedTwiceAt)} UTC`
      const taken = idTaken === true ? '  the id is taken: another key is accepted for it' : ''
      return `${safe(minion)}  ${safe(fingerprint)}${twice}${taken}`
    }),
  )
  section(
    colours.red('addresses refused'),
    (overview.refusedAddresses ?? []).map(({ minion, address, holder }) => {
      return `${safe(minion)}  connected from ${safe(address)}, which ${safe(holder)} holds: see \`master address list\``
    }),
  )
  section(
    colours.yellow('entries of inventory.yml or pillar/top.yml that do not apply'),
    (overview.withheld ?? []).map(({ minion, joinedAs, entries, matches = [] }) => {
      return `${safe(minion)}  ${safe([...entries, ...matches].join(', '))}: it joined with a token for ${safe(joinedAs)}; \`master keys accept ${safe(minion)}\``
    }),
  )
  section(
    colours.red('over the daily quota of reports'),
    (overview.overQuota ?? []).map(({ minion, since }) => `${safe(minion)}  since ${moment(since)} UTC`),
  )
  section(
    colours.red('recent failures'),
    (failures ?? []).map(failure => failureLine(failure, style)),
    failed,
  )
  return `${lines.join('\n')}\n`
}

function onlineOf(online: number, all: number, { colours }: Style): string {
  const text = all === 0 ? 'no minions' : `${online} of ${all} online`
  return online === all ? colours.green(text) : colours.red(text)
}

function failureLine({ minion, verb, at, code, message, state, run }: LastFailure, { width }: Style): string {
  const why = code === undefined ? `${state}: see report ${run}` : `${code}: ${message ?? ''}`
  return cut(`${safe(minion)}  ${safe(verb)} ${moment(at)} UTC  ${safe(why)}`, Math.max(width - 4, 20))
}
