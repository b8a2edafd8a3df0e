import type { catalogCheck, checkExpectation } from './catalog-schema.ts'
import type { checkResult } from './report-schema.ts'
import type { Wire } from './wire.ts'

export type CheckExpectation = Wire<typeof checkExpectation>
export type CatalogCheck = Wire<typeof catalogCheck>

/** A daemon that was started in this run may need some time before it answers. */
export const CHECK_RETRIES = 5
/** Seconds. */
export const CHECK_INTERVAL = 2

export type CheckResult = Wire<typeof checkResult>

/** The parts of a `/pattern/flags` text; undefined for a text that is meant as it stands. Pure. */
export function patternOf(text: string): { readonly source: string; readonly flags: string } | undefined {
  const [, source, flags] = /^\/(.+)\/([ims]*)$/s.exec(text) ?? []
  return source === undefined || flags === undefined ? undefined : { source, flags }
}
