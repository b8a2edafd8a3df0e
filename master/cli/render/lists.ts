import type { Json } from '../../../protocol/json.ts'
import type { EventLine } from '../../verbs/events.ts'
import type { AcceptResult } from '../../verbs/keys.ts'
import type { PingAnswer } from '../../verbs/minions.ts'
import { type Style, safe } from './style.ts'
import { moment } from './time.ts'

/** Lines of the read verbs; all pure. */

export function renderPing({ minion, ok, ms, offlineSince }: PingAnswer, { colours }: Style): string {
  if (ok) return `${colours.bold(safe(minion))}  ${colours.green('online')}  ${(ms ?? 0).toFixed(1)} ms\n`
  const since = offlineSince === undefined ? 'never connected' : `offline since ${moment(offlineSince)} UTC`
  return `${colours.bold(safe(minion))}  ${colours.red(since)}\n`
}

export function renderEvent({ seq, at, type, event }: EventLine, { colours }: Style): string {
  const facts = Object.entries(event)
    .filter(([key]) => key !== 'type')
    .map(([key, value]) => `${key}=${factText(value)}`)
  return `${colours.dim(`${String(seq).padStart(6)}  ${moment(at)} UTC`)}  ${colours.bold(safe(type))}  ${safe(facts.join(' '))}\n`
}

function factText(value: Json): string {
  return typeof value === 'string' && /^[^\s"]+$/.test(value) ? value : JSON.stringify(value)
}

/** Describes the roles and level that a minion gets when its key is accepted. Pure. */
export function renderFollows({ follows: { roles, level } }: AcceptResult): string {
  const what = roles.length === 0 ? 'no roles' : `the roles ${roles.map(role => safe(role)).join(', ')}`
  return `${what} and ${level === undefined ? 'no level' : `the level ${safe(level)}`}`
}
