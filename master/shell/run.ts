import { text } from 'node:stream/consumers'
import { AppError } from '../../protocol/errors.ts'
import type { CliContext } from '../cli/context.ts'
import { type InteractiveDeps, runInteractive } from './interactive.ts'
import { ShellSession } from './session.ts'

const LONGEST_SCRIPT = 1024 * 1024

/**
 * Returns the line that a login program wants to run: the argument of `-c`, or what was requested from sshd when it is
 * configured to run this shell instead (ForceCommand); undefined for an interactive shell. Pure.
 */
export function wantedLine(line: string | undefined, forced: string | undefined): string | undefined {
  // A shell that is both the login shell and the forced command is called with its own name.
  const isOwnName = line === undefined || /^(?:\S*\/)?(?:saltern-shell|master shell)$/.test(line.trim())
  return isOwnName ? forced : line
}

/**
 * Runs `master shell`: with a line (`-c`), runs it and returns its exit code; at a terminal, runs interactively; piped input
 * runs line by line.
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
