import type { Action } from '../../states/action.ts'
import type { ProgramResult } from '../../states/system.ts'

type Run = (argv: readonly string[]) => Promise<ProgramResult>

/**
 * Runs systemctl. On failure it only says where to read on, and the reason is in the journal of the unit, so the journal is
 * appended to `stderr`.
 */
export async function actOnUnit(run: Run, { verb, unit }: Extract<Action, { do: 'unit' }>): Promise<ProgramResult> {
  const since = Math.floor(Date.now() / 1000)
  const result = await run(['systemctl', verb, '--', unit])
  if (result.exitCode === 0 || result.signal !== undefined) return result
  // Without a journal, the failure of systemctl is still reported.
  const journal = await run([
    'journalctl',
    `--unit=${unit}`,
    `--since=@${since}`,
    '--lines=10',
    '--output=cat',
    '--no-pager',
  ]).catch(() => undefined)
  const said = journal?.exitCode === 0 ? journal.stdout.trim() : ''
  if (said === '' || said === '-- No entries --') return result
  return { ...result, stderr: `${result.stderr.trim()}\nthe end of its journal:\n${said}\n` }
}
