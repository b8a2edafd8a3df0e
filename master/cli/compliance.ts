import { dirname } from 'node:path'
import { isDiskFull, roomHint } from '../../protocol/disk-room.ts'
import { AppError } from '../../protocol/errors.ts'
import { replaceTrusted } from '../../protocol/trusted-directory.ts'
import { FORMATS } from '../compliance/document.ts'
import { renderText } from '../compliance/format/text.ts'
import { FORMAT_NAMES } from '../compliance/formats.ts'
import type { ComplianceResult } from '../verbs/compliance.ts'
import type { CliContext } from './context.ts'
import { type ExitCode, exitOfCompliance } from './exit-codes.ts'
import type { Invocation } from './invocation.ts'
import { createProgress } from './live/progress.ts'
import { dataText, eventText, type OutputFormat } from './output.ts'
import { complianceAsGithub, complianceAsMarkdown } from './render/formats/findings.ts'
import { showProblems } from './run.ts'

type ComplianceInvocation = Extract<Invocation, { readonly kind: 'compliance' }>

/** Requests a report and writes it in the requested format. Never throws for an error of a user or the master. */
export async function runCompliance(context: CliContext, invocation: ComplianceInvocation): Promise<ExitCode> {
  const { view, file, failUnder } = invocation
  try {
    const result = await ask(context, invocation)
    const { report, deliveries } = result
    const isOnScreen = view.output === 'text' && file === undefined
    const document = isOnScreen ? renderText(report, context.outStyle.colours) : documentIn(view.output, result)
    if (file === undefined) context.out(document)
    else {
      await writeWhole(file, document)
      context.err(`${report.score} %, ${report.findings.length} findings: wrote ${file}\n`)
    }
    if (deliveries.length > 0) context.err(`queued for delivery to ${deliveries.length}: see \`master events\`\n`)
    return exitOfCompliance(report, failUnder)
  } catch (thrown) {
    return showProblems(context, thrown, view)
  }
}

function documentIn(output: OutputFormat, result: ComplianceResult): string {
  if (output === 'ndjson') return dataText(result, { output })
  if (output === 'markdown') return complianceAsMarkdown(result.report)
  if (output === 'github') return complianceAsGithub(result.report)
  const format = FORMAT_NAMES.find(name => name === output)
  if (format === undefined) throw new TypeError(`no compliance report in the format ${output}`)
  return FORMATS[format].render(result.report)
}

async function ask(context: CliContext, { call, file, view, socket }: ComplianceInvocation): Promise<ComplianceResult> {
  const client = context.connect(socket)
  if (call.verb === 'compliance-show') return await client.call(call.verb, call.input, () => undefined)
  if (call.verb !== 'compliance') throw new TypeError(`${call.verb} gives no report`)
  const progress = createProgress(context)
  try {
    return await client.call(call.verb, call.input, event => {
      if (view.quiet) return
      if (view.output === 'ndjson' && file === undefined) context.out(eventText(event))
      else progress.on(event)
    })
  } finally {
    if (!view.quiet) progress.end()
  }
}

/** Writes the file completely or not at all, so that a web server never shows half a report. Throws FILE_UNWRITABLE. */
async function writeWhole(path: string, content: string): Promise<void> {
  try {
    await replaceTrusted(path, 0o640, file => file.writeFile(content))
  } catch (cause) {
    if (cause instanceof AppError) throw cause
    const { code, message } = cause as NodeJS.ErrnoException
    throw new AppError(
      {
        code: 'FILE_UNWRITABLE',
        message: `cannot write \`${path}\`: ${code ?? message}`,
        hint: isDiskFull(cause)
          ? roomHint(dirname(path))
          : 'Name another file, or leave `--file` out and redirect what is printed.',
      },
      { cause },
    )
  }
}
