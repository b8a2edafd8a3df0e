import { rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod/mini'
import { syncDirectory } from '../../protocol/durable-file.ts'
import { AppError, type Problem, problemsOf } from '../../protocol/errors.ts'
import type { RunId, StateKey } from '../../protocol/ids.ts'
import { Secret } from '../../protocol/secret.ts'
import type { Action } from '../../states/action.ts'
import type { Inspection } from '../../states/define.ts'
import type { System } from '../../states/system.ts'
import { readStateJson, writeState } from '../state/state-file.ts'
import { explainWrite } from '../system/write-atomic.ts'
import { captureRestorePoint, type RestorePoint, restore } from './restore-point.ts'

/** A change that may cut this host off: it stays only when the master could be reached after it (docs/design.md, "Commit-confirm"). */
export interface ConfirmWindow {
  /** States whose changes wait to be confirmed. */
  readonly armed: readonly StateKey[]
  /** Aborted when the time is over: whatever runs then is ended, and everything is put back. */
  readonly over: AbortSignal | undefined
  /** On disk, before the first action of the state, what it takes to put everything back. CONFIRM_IMPOSSIBLE. */
  arm(state: StateKey, seconds: number, change: Pick<Inspection, 'actions' | 'reverts'>): Promise<void>
  /** What was done because an armed state had changed, such as a restart: it is done again after a restore. */
  reacted(actions: readonly Action[]): Promise<void>
  /** Asks for the master until it answers or the time is over; then keeps the changes, or puts everything back. */
  settle(): Promise<Settled>
}

export type Settled = { readonly how: 'kept' } | { readonly how: 'reverted'; readonly problem: Problem }

/** What lies on disk while a window is open. */
export interface ArmedChanges {
  readonly run: RunId
  readonly states: readonly StateKey[]
  readonly points: readonly RestorePoint[]
  /** What no file holds, such as the rules in the kernel: done when the files are back, the newest change first. */
  readonly reverts: readonly Action[]
  readonly reactions: readonly Action[]
}

export interface ConfirmDeps {
  readonly path: string
  readonly run: RunId
  readonly system: Pick<System, 'perform'>
  /** Resolves when a new connection to the master showed that it is there and is itself; rejects when not. */
  readonly probe: (signal: AbortSignal) => Promise<void>
}

const REACH_MS = 6_000
/** Between two tries to reach the master. */
const AGAIN_MS = 500

export function openConfirmWindow({ path, run, system, probe }: ConfirmDeps): ConfirmWindow {
  let changes: ArmedChanges = { run, states: [], points: [], reverts: [], reactions: [] }
  let seconds = 0
  let timer: { readonly signal: AbortSignal } | undefined
  /** What could not be put back for want of room stays on disk for the next recovery: nothing may be written over it. */
  let waits = false
  const keep = async (next: ArmedChanges): Promise<void> => {
    await writeState(path, JSON.stringify(next))
    changes = next
  }
  const isReached = async (signal: AbortSignal): Promise<boolean> => {
    while (!signal.aborted) {
      try {
        await probe(signal)
        return true
      } catch {
        await pause(AGAIN_MS, undefined, { signal }).catch(() => undefined)
      }
    }
    return false
  }
  return {
    get armed() {
      return changes.states
    },
    get over() {
      return timer?.signal
    },
    async arm(state, window, { actions, reverts }) {
      if (waits) throw stillOpen()
      if (changes.states.length === 0) await assertReachable(probe)
      const points = [...changes.points]
      for (const action of actions) {
        const touched = pathOf(action)
        if (touched === undefined || points.some(point => point.path === touched)) continue
        points.push(await captureRestorePoint(touched, action.do === 'remove' && action.recursive))
      }
      const again = changes.states.includes(state) ? [] : reverts.filter(isRepeatable)
      const states = [...new Set([...changes.states, state])]
      await keep({ ...changes, states, points, reverts: [...again, ...changes.reverts] })
      seconds = Math.max(seconds, window)
      timer = { signal: AbortSignal.timeout(seconds * 1000) }
    },
    async reacted(actions) {
      const again = actions.filter(isRepeatable)
      if (changes.states.length > 0 && again.length > 0) {
        await keep({ ...changes, reactions: [...changes.reactions, ...again] })
      }
    },
    async settle() {
      const kept = timer !== undefined && (await isReached(timer.signal))
      const problems = kept ? [] : await putBack(changes, system)
      waits = lacksRoom(problems)
      if (!waits) await forgetArmed(path)
      changes = { run, states: [], points: [], reverts: [], reactions: [] }
      const waited = seconds
      ;[timer, seconds] = [undefined, 0]
      return kept ? { how: 'kept' } : { how: 'reverted', problem: notConfirmed(waited, problems) }
    },
  }
}

/** Without the master before the change, reaching it afterwards proves nothing either way. */
async function assertReachable(probe: ConfirmDeps['probe']): Promise<void> {
  try {
    await probe(AbortSignal.timeout(REACH_MS))
  } catch (cause) {
    throw new AppError(
      {
        code: 'CONFIRM_IMPOSSIBLE',
        message: 'the master cannot be reached, so this change could not be confirmed: nothing was changed',
        hint: 'Apply again when the master is back, or set `confirm: false` in the state to change it without automatic rollback.',
      },
      { cause },
    )
  }
}

function stillOpen(): AppError {
  return new AppError({
    code: 'CONFIRM_IMPOSSIBLE',
    message: 'an earlier change of this run could not be reverted because the disk is full: nothing was changed',
    hint: 'Free some space (`df -h`); the minion then reverts the earlier change. Then apply again.',
  })
}

/** The changes of a window that was open when its process or host died; undefined when there was none. */
export async function readArmed(path: string): Promise<ArmedChanges | undefined> {
  return (await readStateJson(path, schema)) as ArmedChanges | undefined
}

const kind = z.looseObject({ do: z.string() })
const schema = z.object({
  run: z.string(),
  states: z.array(z.string()),
  points: z.array(z.looseObject({ path: z.string(), was: z.string() })),
  reverts: z.array(kind),
  reactions: z.array(kind),
})

/** STATE_DAMAGED. */
export async function checkArmed(path: string): Promise<void> {
  await readStateJson(path, schema)
}

/** They have been put back, and their run has no report yet. A rename needs no room on a full disk. */
export async function markPutBack(path: string, mark: string): Promise<void> {
  await rename(path, mark)
  await syncDirectory(dirname(path)).catch(() => undefined)
}

export async function forgetArmed(path: string): Promise<void> {
  await rm(path, { force: true })
  await syncDirectory(dirname(path)).catch(() => undefined)
}

/** Everything that can be put back is, whatever fails; then the reactions, newest state of the host. The failures. */
export async function putBack(
  { points, reverts, reactions }: ArmedChanges,
  system: Pick<System, 'perform'>,
): Promise<readonly Problem[]> {
  const problems: Problem[] = []
  const attempt = async (act: () => Promise<void>): Promise<void> => {
    try {
      await act()
    } catch (error) {
      problems.push(problemsOf(error)[0])
    }
  }
  for (const point of points.toReversed()) {
    await attempt(() =>
      restore(point).catch((error: unknown) => {
        throw explainWrite(error, point.path)
      }),
    )
  }
  for (const action of [...reverts, ...reactions]) await attempt(() => system.perform(action))
  return problems
}

/** Whether something was not put back because the disk is full: it can be as soon as there is room. Pure. */
export function lacksRoom(problems: readonly Problem[]): boolean {
  return problems.some(({ code }) => code === 'DISK_FULL')
}

/** What a report says of a state whose changes were put back. Pure. */
function notConfirmed(seconds: number, problems: readonly Problem[]): Problem {
  const rest =
    problems.length === 0
      ? ''
      : `; some changes could not be reverted: ${problems.map(({ message }) => message).join('; ')}`
  return {
    code: 'NOT_CONFIRMED',
    message: `the master could not be reached within ${seconds} s after this change, so the change was reverted${rest}`,
    hint: 'Correct what cut the host off, then apply again; `confirm: 120` allows more time.',
  }
}

/** What it says when the minion or its host died inside the window. Pure. */
export function diedUnconfirmed(problems: readonly Problem[]): Problem {
  const rest =
    problems.length === 0
      ? ''
      : `; some changes could not be reverted: ${problems.map(({ message }) => message).join('; ')}`
  return {
    code: 'NOT_CONFIRMED',
    message: `the minion was stopped before this change was confirmed, so the change was reverted${rest}`,
    hint: 'Apply again.',
  }
}

function pathOf(action: Action): string | undefined {
  switch (action.do) {
    case 'write-file':
    case 'make-directory':
    case 'set-mode':
    case 'set-owner':
    case 'remove':
    case 'link':
    case 'download':
      return action.path
    default:
      return undefined
  }
}

/** What may lie on disk and be done again: nothing with a secret in it. */
function isRepeatable(action: Action): boolean {
  if (action.do === 'unit' || action.do === 'daemon-reload') return true
  if (action.do !== 'run') return false
  return ![action.stdin, ...Object.values(action.env ?? {})].some(value => value instanceof Secret)
}
