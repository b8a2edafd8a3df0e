import { safe } from './style.ts'

export { durationText as duration, parseDuration } from '../../../protocol/duration.ts'

/** Formats an ISO time as `2026-11-21 03:10:04` in UTC; makes any other text safe. Pure. */
export function moment(iso: string): string {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/.test(iso) ? `${iso.slice(0, 10)} ${iso.slice(11, 19)}` : safe(iso)
}
