import type { ApplyResult } from '../../jobs/results.ts'
import type { ReportResult } from '../../verbs/jobs.ts'
import type { Summary } from '../render/formats/summary.ts'

/** What apply and test have besides text and data, for CI. */
export const APPLY_FORMATS = formatsOf(async (result: ApplyResult) => {
  return (await import('../render/formats/summary.ts')).summaryOfApply(result)
})

/** The same for reports. */
export const REPORT_FORMATS = formatsOf(async (result: ReportResult) => {
  return (await import('../render/formats/summary.ts')).summaryOfReports(result)
})

/** Loaded when one is wanted: most commands are for a screen. */
function formatsOf<Result>(summaryOf: (result: Result) => Promise<Summary>) {
  return {
    junit: async (result: Result) => {
      return (await import('../render/formats/junit.ts')).renderJunit(await summaryOf(result))
    },
    markdown: async (result: Result) => {
      return (await import('../render/formats/markdown.ts')).renderMarkdown(await summaryOf(result))
    },
    github: async (result: Result) => {
      return (await import('../render/formats/github.ts')).renderGithub(await summaryOf(result))
    },
  }
}
