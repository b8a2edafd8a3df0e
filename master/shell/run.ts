import { text } from 'node:stream/consumers'
import { AppError } from '../../protocol/errors.ts'
import type { CliContext } from '../cli/context.ts'
import { type InteractiveDeps, runInteractive } from './interactive.ts'
import { ShellSession } from './session.ts'

const LONGEST_SCRIPT = 1024 * 1024

/**
 * `master shell`: with a line (`-c`) that is done and its exit code given; at a terminal it is for a person; what is piped
 * in is done line by line.
 */
export async function runShell(deps: InteractiveDeps, context: CliContext, line: string | undefined): Promise<number> {
  if (line === undefined && context.stdinIsTerminal) return await runInteractive(deps)
  const session = new ShellSession(deps)
  for (const one of (line ?? (await script(context))).split('\n')) {
    if (session.ended) break
    await session.do(one, context)
  }
  return session.code
}

async function script(context: CliContext): Promise<string> {
  const lines = await text(context.stdin())
  if (lines.length <= LONGEST_SCRIPT) return lines
  throw new AppError({ code: 'USAGE', message: `a script of the shell has at most ${LONGEST_SCRIPT} characters` })
}
