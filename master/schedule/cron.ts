import { Cron } from 'croner'
import { suggest } from '../yaml/suggest.ts'
import type { CronRule } from './entry.ts'

/** croner's own timers are never used; it only computes when the next run is. */
function cronOf({ cron, timezone }: CronRule): Cron {
  return new Cron(cron, { paused: true, timezone, mode: '5-part' })
}

/** Returns the first run after a time, in milliseconds; undefined when there is none. A run is at a full minute. */
export function nextRun(rule: CronRule, afterMs: number): number | undefined {
  return cronOf(rule).nextRun(new Date(afterMs))?.getTime()
}

/** Returns at most `count` runs after a time. */
export function nextRuns(rule: CronRule, afterMs: number, count: number): readonly number[] {
  return cronOf(rule)
    .nextRuns(count, new Date(afterMs))
    .map(date => date.getTime())
}

/** Returns all runs after `afterMs`, up to and including `untilMs`. */
export function runsBetween(rule: CronRule, afterMs: number, untilMs: number): readonly number[] {
  const cron = cronOf(rule)
  const found: number[] = []
  for (let at = afterMs; ; ) {
    const next = cron.nextRun(new Date(at))?.getTime()
    if (next === undefined || next > untilMs) return found
    found.push(next)
    at = next
  }
}

/** Explains what is wrong with a cron expression; undefined when it is valid. */
export function explainCron(cron: string): string | undefined {
  if (!/^\S+(?: +\S+){4}$/.test(cron)) return 'it must have five fields: minute, hour, day of month, month, day of week'
  try {
    const next = cronOf({ cron, timezone: 'UTC' }).nextRun(new Date(0))
    return next === null ? 'no date matches it' : undefined
  } catch (thrown) {
    const message = thrown instanceof Error ? thrown.message : String(thrown)
    return message.replace(/^CronPattern: /, '').replace(/\.$/, '')
  }
}

/** Explains what is wrong with the name of a time zone; undefined when it is valid. */
export function explainTimezone(timezone: string): { readonly near: string | undefined } | undefined {
  try {
    new Intl.DateTimeFormat('en', { timeZone: timezone })
    // An offset such as `+02:00` has no daylight saving time, so it is not what a schedule means by a zone.
    if (!/^[+-]/.test(timezone)) return undefined
  } catch {
    // The name is unknown; handled below.
  }
  return { near: suggest(timezone, ['UTC', ...Intl.supportedValuesOf('timeZone')]) }
}
