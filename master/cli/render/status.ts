import { bytesText } from '../../../protocol/amounts.ts'
import { versionText } from '../../../protocol/version-text.ts'
import type { JobRow } from '../../jobs/results.ts'
import type { StatusResult } from '../../verbs/status.ts'
import { fold } from './fold.ts'
import { attentionOf } from './status-attention.ts'
import { type Style, safe } from './style.ts'
import { duration, moment } from './time.ts'

const LABEL = 11
const MOST_JOBS = 5

/** Renders `master status`: first whether all is well, last what needs attention and the commands to type. Pure. */
export function renderStatus(status: StatusResult, style: Style): string {
  const { colours } = style
  const { fleet, minions } = status
  const attention = attentionOf(status)
  const uptime = duration(Math.max(0, msBetween(status.startedAt, status.now)))
  const line = (label: string, text: string, paint = plain): readonly string[] =>
    fold(
      [
        { text: label.padEnd(LABEL - 1), paint: colours.dim },
        { text: safe(text), gap: ' ', paint },
      ],
      style,
      { hang: LABEL },
    )
  const lines = [
    ...(attention.length === 0
      ? line(
          'master',
          `${status.master}: ${isPartial(status) ? 'nothing that you may see needs attention' : 'all is well'}`,
          colours.green,
        )
      : line(
          'master',
          `${status.master}: ${attention.length} ${attention.length === 1 ? 'thing needs' : 'things need'} attention, see below`,
          colours.yellow,
        )),
    ...line('up', `${uptime}, since ${moment(status.startedAt)} UTC, process ${status.pid}`),
    ...line('version', versionText(status)),
    ...line('listens on', status.listen),
    ...line('fleet', `${fleet.name} (${fleet.id}) in ${fleet.directory}`),
    ...line('revision', fleet.revision?.slice(0, 12) ?? 'none: the fleet cannot be read'),
    ...line('root', status.root),
    ...line('minions', `${minions.connected} of ${minions.accepted} online, ${minions.pending} pending`),
    ...line('jobs', jobsText(status)),
    ...(status.jobs ?? []).slice(0, MOST_JOBS).flatMap(job => line('', jobText(job, status.now))),
    ...(status.schedule === undefined ? [] : line('schedule', scheduleText(status.schedule, status.now))),
    ...line('issued', certificatesText(status)),
    ...line('disk', diskText(status)),
    ...line('log', status.log.lastSeq === 1 ? '1 event' : `${status.log.lastSeq} events`),
  ]
  return `${[...lines, ...attentionLines(attention, style)].join('\n')}\n`
}

/** The operator has no right to some of it. */
function isPartial({ jobs, schedule, failed, fleet }: StatusResult): boolean {
  return jobs === undefined || schedule === undefined || (failed === undefined && fleet.revision !== undefined)
}

function plain(text: string): string {
  return text
}

function attentionLines(attention: ReturnType<typeof attentionOf>, style: Style): readonly string[] {
  if (attention.length === 0) return []
  return [
    '',
    style.colours.bold('needs attention'),
    ...attention.flatMap(({ what, type }) => [
      ...fold([{ text: safe(what) }], style, { lead: 2, hang: 4 }),
      // A command is never broken, so that it can be copied.
      `      ${style.colours.bold(safe(type))}`,
    ]),
  ]
}

function msBetween(from: string, to: string): number {
  return Date.parse(to) - Date.parse(from)
}

/** `2026-11-22 03:00:00 UTC (in 2 h 3 min)`. */
function timeText(at: string, now: string): string {
  const ms = msBetween(now, at)
  return `${moment(at)} UTC (${ms < 0 ? `${duration(-ms)} ago` : `in ${duration(ms)}`})`
}

function jobsText({ jobs, runs }: StatusResult): string {
  if (runs.onTheWay === 0) return 'none running'
  const what = `${runs.onTheWay} unfinished ${runs.onTheWay === 1 ? 'run' : 'runs'}`
  if (jobs === undefined) return what
  const count = runs.jobs ?? jobs.length
  const more = count > MOST_JOBS ? `, of which the newest ${MOST_JOBS} are shown` : ''
  return `${what} in ${count} ${count === 1 ? 'job' : 'jobs'}${more}`
}

function jobText({ job, verb, target, createdAt, runs }: JobRow, now: string): string {
  const counts = Object.entries(runs).map(([state, count]) => `${count} ${state}`)
  return `${job}  ${verb} ${target}: ${counts.join(', ')}, for ${duration(Math.max(0, msBetween(createdAt, now)))}`
}

function scheduleText({ entries, paused, next }: NonNullable<StatusResult['schedule']>, now: string): string {
  if (entries === 0) return 'nothing is scheduled'
  const when = next === undefined ? 'nothing is due' : `next is ${next.schedule} at ${timeText(next.at, now)}`
  return `${when}${paused.length === 0 ? '' : `; paused: ${paused.join(', ')}`}`
}

function certificatesText({ certificates, now }: StatusResult): string {
  const { issued, first } = certificates
  if (first === undefined) return 'no certificates'
  const what = `${issued} ${issued === 1 ? 'certificate' : 'certificates'}`
  return `${what}, the first one expires ${timeText(first.notAfter, now)}: ${first.name} of ${first.minion}`
}

function diskText({ disk }: StatusResult): string {
  if (disk === undefined) return 'the state directory cannot be inspected'
  const { directory, freeBytes, totalBytes } = disk
  return `${bytesText(freeBytes)} of ${bytesText(totalBytes)} free in ${directory}`
}
