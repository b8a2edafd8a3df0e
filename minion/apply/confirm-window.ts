import { rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod/mini'
import { syncDirectory } from '../../protocol/durable-file.ts'
import { limitText } from '../../protocol/duration.ts'
import { AppError, type Problem, problemsOf } from '../../protocol/errors.ts'
import type { RunId, StateKey } from '../../protocol/ids.ts'
import { Secret } from '../../protocol/secret.ts'
import type { Action } from '../../states/action.ts'
import type { Inspection } from '../../states/define.ts'
import type { System } from '../../states/system.ts'
import { readStateJson, writeState } from '../state/state-file.ts'
import { explainWrite } from '../system/write-atomic.ts'
import { captureRestorePoint, type RestorePoint, restore } from './restore-point.ts'
import { isUnitFile, withReload } from './unit-files.ts'

/**
 * Guards changes that can cut this host off: they stay only if the master is reachable afterwards (docs/design.md,
 * "Commit-confirm").
 */
export interface ConfirmWindow {
  /** States whose changes are not confirmed yet. */
  readonly armed: readonly StateKey[]
  /** Aborted when the time is over: the current action is stopped and everything is rolled back. */
  readonly over: AbortSignal | undefined
  /** Records on disk, before the first action of the state, what a rollback needs. Throws CONFIRM_IMPOSSIBLE. */
  arm(state: StateKey, seconds: number, change: Pick<Inspection, 'actions' | 'reverts'>): Promise<void>
  /** Records actions that ran because an armed state changed, such as a restart: a rollback repeats them. */
  reacted(actions: readonly Action[]): Promise<void>
  /** Probes the master until it answers or the time is over; then keeps the changes, or rolls everything back. */
  settle(): Promise<Settled>
}

export type Settled = { readonly how: 'kept' } | { readonly how: 'reverted'; readonly problem: Problem }

/** On-disk record of an open window. */
export interface ArmedChanges {
  readonly run: RunId
  readonly states: readonly StateKey[]
  readonly points: readonly RestorePoint[]
  /** Actions for what no file holds, such as rules in the kernel. They run after the files are restored, newest change first. */
  readonly reverts: readonly Action[]
  readonly reactions: readonly Action[]
}

export interface ConfirmDeps {
  readonly path: string
  readonly run: RunId
  readonly system: Pick<System, 'perform'>
  /** Resolves when the master answers on a new connection and proves its identity; rejects otherwise. */
  readonly probe: (signal: AbortSignal) => Promise<void>
}

const REACH_MS = 6_000
/** Delay between two attempts to reach the master. */
const AGAIN_MS = 500

export function openConfirmWindow({ path, run, system, probe }: ConfirmDeps): ConfirmWindow {
  let changes: ArmedChanges = { run, states: [], points: [], reverts: [], reactions: [] }
  let seconds = 0
  let timer: { readonly signal: AbortSignal } | undefined
  /** True when a full disk prevented a rollback: the record stays for the next recovery and must not be overwritten. */
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

/** If the master is unreachable before the change, a later probe proves nothing. */
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

/** Reads the changes of a window that was open when its process or host died; undefined when there was none. */
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

/** Throws STATE_DAMAGED. */
export async function checkArmed(path: string): Promise<void> {
  await readStateJson(path, schema)
}

/** Marks changes as rolled back while their run has no report yet. A rename needs no space on a full disk. */
export async function markPutBack(path: string, mark: string): Promise<void> {
  await rename(path, mark)
  await syncDirectory(dirname(path)).catch(() => undefined)
}

export async function forgetArmed(path: string): Promise<void> {
  await rm(path, { force: true })
  await syncDirectory(dirname(path)).catch(() => undefined)
}

/**
 * Restores everything that can be restored, continuing after failures, and then repeats the reactions against the restored
 * host. Returns the failures.
 */
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
  const repeated = [...reverts, ...reactions]
  // The reload after the change is not repeated by itself, and the restored files must be read again before a restart.
  const isStale = points.some(({ path }) => isUnitFile(path))
  for (const action of isStale ? withReload(repeated) : repeated) await attempt(() => system.perform(action))
  return problems
}

/** True when a full disk prevented a rollback; it can be completed once there is room. Pure. */
export function lacksRoom(problems: readonly Problem[]): boolean {
  return problems.some(({ code }) => code === 'DISK_FULL')
}

/** The problem reported for a state whose changes were rolled back. Pure. */
function notConfirmed(seconds: number, problems: readonly Problem[]): Problem {
  const rest =
    problems.length === 0
      ? ''
      : `; some changes could not be reverted: ${problems.map(({ message }) => message).join('; ')}`
  return {
    code: 'NOT_CONFIRMED',
    message: `the master could not be reached within ${limitText(seconds * 1000)} after this change, so the change was reverted${rest}`,
    hint: 'Correct what cut the host off, then apply again; `confirm: 120` allows more time.',
  }
}

/** The problem reported when the minion or its host died inside the window. Pure. */
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

/** Actions that can be stored on disk and repeated: those without a secret. */
function isRepeatable(action: Action): boolean {
  if (action.do === 'unit' || action.do === 'daemon-reload') return true
  if (action.do !== 'run') return false
  return ![action.stdin, ...Object.values(action.env ?? {})].some(value => value instanceof Secret)
}
