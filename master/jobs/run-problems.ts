import type { Problem } from '../../protocol/errors.ts'
import type { JobId, MinionId } from '../../protocol/ids.ts'

/** Explains why a run ended without a report, stating only what is known. Pure. */

export function lost(minion: MinionId): Problem {
  return {
    code: 'RUN_LOST',
    message: `\`${minion}\` started this run, reconnected, and no longer has it: it is unknown what the run did`,
    hint: `Look at \`journalctl -u saltern-minion\` on \`${minion}\`, then apply again.`,
  }
}

/**
 * Explains that a run was superseded. `by` is undefined when this master does not know the newer job, for example after a
 * rollback.
 */
export function superseded(minion: MinionId, by: JobId | undefined): Problem {
  if (by !== undefined) {
    return {
      code: 'RUN_SUPERSEDED',
      message: `\`${minion}\` got newer content from \`${by}\` before it started this run`,
      hint: `See \`master report ${by}\`.`,
    }
  }
  return {
    code: 'RUN_SUPERSEDED',
    message: `\`${minion}\` already has newer content than this run, from a job that this master does not know`,
    hint: `Apply again: \`master apply ${minion}\`.`,
  }
}

export function abandoned(minion: MinionId, lastSeenAt: string | undefined): Problem {
  const since = lastSeenAt === undefined ? '' : ` since ${lastSeenAt}`
  return {
    code: 'RUN_UNREPORTED',
    message: `\`${minion}\` accepted this run and has not been online${since}: it is unknown what the run did`,
    hint: 'Its report is still accepted when it reconnects.',
  }
}
