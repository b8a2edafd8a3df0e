import { InvalidArgumentError } from 'commander'
import { FORMAT_NAMES } from '../../compliance/formats.ts'
import type { ComplianceResult } from '../../verbs/compliance.ts'
import { exitOfCompliance } from '../exit-codes.ts'
import type { Call, Invocation } from '../invocation.ts'
import { DATA_FORMATS, type OutputFormat } from '../output.ts'
import { COMPLIANCE_REPORTS, renderComplianceHistory } from '../render/compliance.ts'
import type { Style } from '../render/style.ts'
import { defineAnswer, defineCommand, defineLocal, type Typed } from './define.ts'
import { count, duration, flag, given, maybeTarget, parsed, parsedOr, text, texts } from './options.ts'

const EXAMPLES = `
Examples:
  master compliance
  master compliance level=production --fail-under 100
  master compliance --cached --output html --file compliance.html
  master compliance history
  master compliance show --output csv
`

const OUTPUTS: readonly OutputFormat[] = [...new Set([...DATA_FORMATS, ...FORMAT_NAMES, 'markdown', 'github'] as const)]

const FORM = {
  format: text('--format <format>', 'the same as --output'),
  file: text('--file <path>', 'write the report to this file'),
  failUnder: parsed('--fail-under <percent>', 'exit with 1 if the score is below this', percent),
}

/** Commands for compliance reports and their history. */
export const complianceCommands = [
  defineLocal({
    words: 'compliance',
    help: 'check the fleet: states, checks, contracts, offline minions (default: all minions)',
    arguments: { target: maybeTarget() },
    options: {
      ...FORM,
      cached: flag('--cached', 'use the last reports instead of new test runs'),
      patienceMs: parsed('--patience <time>', 'longest wait for test runs, for example 10m', duration),
      recipients: texts('--send <recipient...>', 'send the report to these recipients of schedule.yml'),
    },
    more: EXAMPLES,
    outputs: OUTPUTS,
    answers: [
      defineAnswer({ verb: 'compliance', render: reportText, exitCode: ({ report }) => exitOfCompliance(report) }),
    ],
    invocation: ({ target, cached, recipients, patienceMs, ...form }, typed) => {
      const input = { ...given({ target }), cached, recipients, ...given({ patienceMs }) }
      return judging({ verb: 'compliance', input }, form, typed)
    },
  }),
  defineLocal({
    words: 'compliance show',
    help: 'show an earlier report (default: the last one)',
    arguments: { report: text('[report]') },
    options: FORM,
    outputs: OUTPUTS,
    answers: [
      defineAnswer({ verb: 'compliance-show', render: reportText, exitCode: ({ report }) => exitOfCompliance(report) }),
    ],
    invocation: ({ report, ...form }, typed) => {
      return judging({ verb: 'compliance-show', input: given({ report }) }, form, typed)
    },
  }),
  defineCommand({
    words: 'compliance history',
    help: 'list earlier reports with the trend of the score',
    arguments: { target: maybeTarget() },
    options: { limit: parsedOr('--limit <count>', 'how many, newest first', count, 30) },
    verb: 'compliance-history',
    input: wanted => wanted,
    table: COMPLIANCE_REPORTS,
    render: (result, style, { table }) => renderComplianceHistory(result, style, table),
  }),
]

interface Form {
  readonly file: string | undefined
  readonly failUnder: number | undefined
}

function judging(call: Call, { file, failUnder }: Form, { view, socket }: Typed): Invocation {
  return { kind: 'compliance', call, ...given({ file }), ...given({ failUnder }), view, socket }
}

async function reportText({ report }: ComplianceResult, { colours }: Style): Promise<string> {
  const { renderText } = await import('../../compliance/format/text.ts')
  return renderText(report, colours)
}

function percent(value: string): number {
  if (/^\d{1,3}(\.\d+)?$/.test(value) && Number(value) <= 100) return Number(value)
  throw new InvalidArgumentError('A number from 0 to 100 is needed.')
}
