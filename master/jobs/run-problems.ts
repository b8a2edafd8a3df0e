import type { Problem } from '../../protocol/errors.ts'
import type { JobId, MinionId } from '../../protocol/ids.ts'

/** Why a run ended without a report. Each says what is known, and nothing that is not. Pure. */

export function lost(minion: MinionId): Problem {
  return {
    code: 'RUN_LOST',
    message: `\`${minion}\` had begun with this run, reconnected, and does not know it any more: what it did is not known`,
    hint: `Look at \`journalctl -u saltern-minion\` on \`${minion}\`, then apply again.`,
  }
}

/** `by`: undefined when this master does not know the newer job, as after it was rolled back to an earlier state. */
export function superseded(minion: MinionId, by: JobId | undefined): Problem {
  if (by !== undefined) {
    return {
      code: 'RUN_SUPERSEDED',
      message: `\`${minion}\` got newer content from \`${by}\` before it began with this run`,
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
    message: `\`${minion}\` took this run and has not been online${since}: what it did is not known`,
    hint: 'Its report is still taken when it comes back.',
  }
}
