import { setImmediate as breathe } from 'node:timers/promises'
import { z } from 'zod'
import { AppError, type Problem } from '../../protocol/errors.ts'
import type { Caller } from '../access/caller.ts'
import { visibilityOf, visibleTo } from '../access/pick.ts'
import { rightDenied } from '../access/right-denied.ts'
import type { ControlContext } from '../context.ts'
import type { Page } from '../recordings/recording-store.ts'
import type { SessionVerb } from '../store/log/fleet-events.ts'
import type { SessionRow } from '../store/tables/sessions.ts'
import { defineVerb } from './define.ts'
import { name } from './fields.ts'

/** Verbs for manual sessions and the recordings of terminals. */

/**
 * `kept`: it matches the log (a list compares only its size). `expired`: the master removed it because of age or total size.
 * `lost`: the disk could not take it. `altered`, `missing`: it does not match the log.
 */
export type RecordingState = 'none' | 'running' | 'kept' | 'expired' | 'lost' | 'altered' | 'missing'

/** One manual use of a minion. */
export interface SessionLine {
  readonly session: string
  readonly operator: string
  readonly minion: string
  readonly verb: SessionVerb
  /** User on the minion; absent: the user the agent runs as. */
  readonly user?: string
  /** A program, a path or a port. */
  readonly target?: string
  readonly openedAt: string
  /** Absent: it is in progress. */
  readonly endedAt?: string
  readonly durationMs?: number
  /** How it ended: one of the three. */
  readonly exit?: number
  readonly signal?: string
  readonly problem?: Problem
  /** Bytes to the minion, and from it. */
  readonly bytesIn?: number
  readonly bytesOut?: number
  readonly recording: RecordingState
  readonly recordingBytes?: number
  readonly recordingSha256?: string
  /** True when the recording is incomplete. */
  readonly cut: boolean
}

/** A part of a recording, as lines of asciicast v2. */
export interface RecordingPage {
  readonly session: SessionLine
  readonly text: string
  /** Offset of the next part; absent: this is the last one. */
  readonly next?: number
}

const PAGE = 200
/** Bytes of a recording in one response. */
const PART_BYTES = 4 * 1024 * 1024

/** Lists the sessions on minions that the caller may see, newest first. */
export const sessionsVerb = defineVerb({
  name: 'sessions',
  input: z.strictObject({
    operator: name.optional(),
    minion: name.optional(),
    limit: z.number().int().min(1).max(1000).default(20),
  }),
  right: { on: 'filtered', kind: 'read' },
  async run(context, { operator, minion, limit }, { signal, caller }) {
    const { sessions } = context.store
    const sees = await visibilityOf(context, caller, 'sessions')
    const isWanted = (row: SessionRow): boolean => {
      if (operator !== undefined && row.operator !== operator) return false
      return (minion === undefined || row.minion === minion) && sees(row.minion)
    }
    const found: SessionLine[] = []
    let last: SessionRow | undefined
    while (!signal.aborted && found.length < limit) {
      const page = sessions.list(PAGE, last)
      for (const row of page.filter(isWanted).slice(0, limit - found.length)) {
        found.push(lineOf(row, await stateBySize(context, row)))
      }
      last = page.at(-1)
      if (last === undefined) break
      await breathe()
    }
    return { sessions: found }
  },
})

/** Shows one session, after comparing its recording with the log. */
export const sessionVerb = defineVerb({
  name: 'session',
  input: z.strictObject({ session: name }),
  right: { on: 'filtered', kind: 'read' },
  async run(context, { session }, { caller }) {
    const row = await rowFor(context, caller, 'session', session)
    const state = await stateBySize(context, row)
    if (state !== 'kept') return lineOf(row, state)
    return lineOf(row, stateOfPage(row, await context.recordings.kept.read(row.id, 0, 0)))
  },
})

/** Returns a recording in parts, only when the whole recording matches its hash in the log. */
export const sessionPlayVerb = defineVerb({
  name: 'session-play',
  input: z.strictObject({ session: name, from: z.number().int().min(0).default(0) }),
  // A recording shows everything that the operator saw, so playing it is a write action and is logged.
  right: { on: 'minions', kind: 'write', noted: ({ session }) => session },
  async run(context, { session, from }, { caller }): Promise<RecordingPage> {
    const row = await rowFor(context, caller, 'session-play', session)
    const state = stateOfLog(row)
    if (state !== undefined) throw new AppError(whyNot(row, state))
    const page = await context.recordings.kept.read(row.id, from, PART_BYTES)
    const found = stateOfPage(row, page)
    if (found !== 'kept' || page === undefined) throw new AppError(whyNot(row, found))
    return { session: lineOf(row, found), text: page.text, ...(page.next === undefined ? {} : { next: page.next }) }
  },
})

export const sessionVerbs = [sessionsVerb, sessionVerb, sessionPlayVerb] as const

/** Returns a session. One that the caller has no right to see gives the same answer as one that does not exist. */
async function rowFor(
  context: ControlContext,
  caller: Caller,
  verb: 'session' | 'session-play',
  id: string,
): Promise<SessionRow> {
  const sees = await visibilityOf(context, caller, verb)
  const row = context.store.sessions.get(id)
  if (row !== undefined && sees(row.minion)) return row
  if (row !== undefined && verb === 'session-play' && (await visibleTo(context, caller))(row.minion)) {
    throw rightDenied(caller, verb, [row.minion])
  }
  throw new AppError({
    code: 'SESSION_UNKNOWN',
    message: `no session has the id \`${id.slice(0, 80)}\``,
    hint: 'List the sessions with `master sessions`.',
  })
}

/** Returns the state according to the log alone; undefined when there should be a file. */
function stateOfLog(row: SessionRow): Exclude<RecordingState, 'kept' | 'altered' | 'missing'> | undefined {
  if (!row.recording) return 'none'
  if (row.endedAt === undefined) return 'running'
  if (row.expired !== undefined) return 'expired'
  return row.recordingSha256 === undefined || row.recordingBytes === 0 ? 'lost' : undefined
}

async function stateBySize({ recordings }: ControlContext, row: SessionRow): Promise<RecordingState> {
  const told = stateOfLog(row)
  if (told !== undefined) return told
  const size = await recordings.kept.size(row.id)
  if (size === undefined) return 'missing'
  return size === row.recordingBytes ? 'kept' : 'altered'
}

function stateOfPage(row: SessionRow, page: Page | undefined): 'kept' | 'altered' | 'missing' {
  if (page === undefined) return 'missing'
  return page.sha256 === row.recordingSha256 ? 'kept' : 'altered'
}

function whyNot({ id, expired }: SessionRow, state: RecordingState): Problem {
  const none = (message: string, hint: string): Problem => ({ code: 'RECORDING_NONE', message, hint })
  const hint = `See \`master sessions show ${id}\`.`
  switch (state) {
    case 'running':
      return none(`the session \`${id}\` is still open`, 'Play it when it has ended.')
    case 'expired':
      return none(
        `the recording of \`${id}\` was removed because ${expired === 'bytes' ? 'the recordings took too much space' : 'it was too old'}`,
        'Set the limits with `recordings` in master.yml.',
      )
    case 'lost':
      return none(`the recording of \`${id}\` could not be written to the disk of the master`, hint)
    case 'missing':
      return {
        code: 'RECORDING_ALTERED',
        message: `the recording of \`${id}\` is missing, and the master did not remove it`,
        hint: 'Check who can write the state directory of the master, and look in its backups.',
      }
    case 'altered':
      return {
        code: 'RECORDING_ALTERED',
        message: `the recording of \`${id}\` does not match the log: its SHA-256 differs`,
        hint: 'Check who can write the state directory of the master, and look in its backups.',
      }
    default:
      return none(`the session \`${id}\` was not recorded`, 'Only terminals of `master ssh` are recorded.')
  }
}

function lineOf(row: SessionRow, recording: RecordingState): SessionLine {
  const { id: session, kind: verb, expired: _, recording: _recorded, ...rest } = row
  return { session, verb, ...rest, recording }
}
