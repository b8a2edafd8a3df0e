import type { ReportDeps } from '../link/report-receiver.ts'
import type { ReportParser } from '../store/tables/report-parser.ts'
import type { Dispatcher } from './dispatcher-port.ts'
import type { ReportGate } from './report-gate.ts'

/** What the links do with reports: judge the offer, prepare the bytes off the event loop, store what came of it. */
export function reportIntake({
  dispatcher,
  gate,
  parser,
}: {
  readonly dispatcher: Pick<Dispatcher, 'report' | 'reportRefused'>
  readonly gate: Pick<ReportGate, 'judge'>
  readonly parser: Pick<ReportParser, 'prepare'>
}): Omit<ReportDeps, 'log'> {
  return {
    judgeReport: offer => gate.judge(offer),
    storeReport: async report => {
      const prepared = await parser.prepare(report.bytes)
      dispatcher.report({ ...report, prepared })
    },
    onReportRefused: (minion, run, problem) => dispatcher.reportRefused(minion, run, problem),
  }
}
