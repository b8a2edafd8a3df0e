import { AppError } from '../../protocol/errors.ts'
import type { OrphansResult } from '../verbs/orphans.ts'
import { isConfirmed } from './confirmed.ts'
import type { CliContext } from './context.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import type { Invocation } from './invocation.ts'
import { minionCount } from './render/minion-names.ts'
import { renderOrphans } from './render/orphans.ts'
import { runCall } from './run.ts'

type OrphanInvocation = Extract<Invocation, { readonly kind: 'orphans' }>

/**
 * Runs `master orphans --remove` and `--forget`: shows the orphans and asks for confirmation, unless it is a dry run. Throws
 * USAGE without a terminal and without `--yes`. Asks nothing and orders nothing when no orphan was reported.
 */
export async function actOnOrphans(context: CliContext, invocation: OrphanInvocation): Promise<ExitCode> {
  const { call, yes, view, socket } = invocation
  const { test = false, target, states } = call.input
  if (!test && !yes) {
    const option = call.verb === 'orphans-remove' ? '--remove' : '--forget'
    if (!context.stdinIsTerminal) {
      throw new AppError({
        code: 'USAGE',
        message: `orphans ${option}: expected a terminal for the confirmation, or \`--yes\``,
        hint: `See what it would do with \`--test\`, then type \`--yes\` instead.`,
      })
    }
    const listed = named(await context.connect(socket).call('orphans', { target }), states)
    context.err(renderOrphans(listed, context.errStyle, { target, isQuestion: true }))
    if (listed.minions.length === 0) return EXIT.fine
    const what = option === '--remove' ? 'Remove these orphans from' : 'Forget these orphans of'
    if (!(await isConfirmed(context, `${what} ${minionCount(listed.minions.length)}?`))) {
      context.err('Nothing was changed.\n')
      return EXIT.failed
    }
  }
  return await runCall(context, { kind: 'call', call, view, socket })
}

/** Keeps the minions with orphans, and of these the ones that were named. Pure. */
function named({ minions, unknown }: OrphansResult, states: readonly string[] | undefined): OrphansResult {
  const rows = minions.map(row => {
    if (states === undefined) return row
    const orphans = row.orphans.filter(({ key, thing }) => states.includes(key) || states.includes(thing))
    return { ...row, orphans, count: orphans.length }
  })
  return { minions: rows.filter(({ count }) => count > 0), unknown }
}
