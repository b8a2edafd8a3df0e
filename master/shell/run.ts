import { text } from 'node:stream/consumers'
import { AppError } from '../../protocol/errors.ts'
import type { CliContext } from '../cli/context.ts'
import { type InteractiveDeps, runInteractive } from './interactive.ts'
import { ShellSession } from './session.ts'

const LONGEST_SCRIPT = 1024 * 1024

/**
 * The line that a program which logs somebody in wants done: what follows `-c`, or what sshd was asked for where it was
 * told to run this shell instead (ForceCommand); undefined: somebody wants to type. Pure.
 */
export function wantedLine(line: string | undefined, forced: string | undefined): string | undefined {
  // A shell that is both the login shell and the forced command is called with its own name.
  const isOwnName = line === undefined || /^(?:\S*\/)?(?:saltern-shell|master shell)$/.test(line.trim())
  return isOwnName ? forced : line
}

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
