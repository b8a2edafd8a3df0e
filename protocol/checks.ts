import type { catalogCheck, checkExpectation } from './catalog-schema.ts'
import type { checkResult } from './report-schema.ts'
import type { Wire } from './wire.ts'

export type CheckExpectation = Wire<typeof checkExpectation>
export type CatalogCheck = Wire<typeof catalogCheck>

/** A daemon started in this run can need some time before it answers. */
export const CHECK_RETRIES = 5
/** Seconds. */
export const CHECK_INTERVAL = 2

export type CheckResult = Wire<typeof checkResult>

/** Parses a `/pattern/flags` text; undefined for a literal text. Pure. */
export function patternOf(text: string): { readonly source: string; readonly flags: string } | undefined {
  const [, source, flags] = /^\/(.+)\/([ims]*)$/s.exec(text) ?? []
  return source === undefined || flags === undefined ? undefined : { source, flags }
}
