import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { HighstateRule } from '../../protocol/catalog.ts'
import { problemsOf } from '../../protocol/errors.ts'
import { splayOffsetMs } from '../../protocol/splay.ts'
import { writeState } from '../state/state-file.ts'

/**
 * The time since which this host has had neither a highstate nor its master, in milliseconds; stored on disk to survive
 * restarts.
 */
export interface HighstateMark {
  /** undefined when it was never written. */
  sinceMs(): number | undefined
  /** Returns after fsync. */
  set(nowMs: number): Promise<void>
}

/**
 * A process that just started waits this long (or its interval, if shorter) for its master before it considers the master
 * offline.
 */
const START_GRACE_MS = 60_000
const LOOK_MS = 2_000

export async function loadHighstateMark(stateDirectory: string): Promise<HighstateMark> {
  const path = join(stateDirectory, 'highstate')
  let since = await readFile(path, 'utf8').then(
    text => (/^\d{1,16}$/.test(text) ? Number(text) : undefined),
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined
      throw error
    },
  )
  return {
    sinceMs: () => since,
    async set(nowMs) {
      await writeState(path, String(nowMs))
      since = nowMs
    },
  }
}

export interface IntervalFacts {
  readonly rule: HighstateRule | undefined
  readonly minion: string
  readonly sinceMs: number | undefined
  readonly startedMs: number
  readonly connected: boolean
  readonly nowMs: number
}

/**
 * Decides what to do at a tick: apply a highstate that is due, set a mark that is missing or lies in the future, or wait.
 * Applies only while the master is offline; each minion has its own offset. Pure.
 */
export function lookAtInterval(facts: IntervalFacts): 'apply' | 'mark' | 'wait' {
  const { rule, minion, sinceMs, startedMs, connected, nowMs } = facts
  if (sinceMs === undefined || sinceMs > nowMs) return 'mark'
  if (rule === undefined || connected || nowMs - startedMs < Math.min(START_GRACE_MS, rule.everyMs)) return 'wait'
  const dueMs = sinceMs + rule.everyMs + splayOffsetMs('highstate', minion, rule.splayMs)
  return nowMs >= dueMs ? 'apply' : 'wait'
}

interface KeeperDeps {
  readonly minion: string
  readonly mark: HighstateMark
  readonly now: () => number
  readonly connected: () => boolean
  /** The rule of the currently cached catalog; undefined without one. */
  readonly rule: () => HighstateRule | undefined
  /** Queues the cached highstate. */
  readonly apply: () => Promise<void>
  readonly log: (event: string, data: { readonly [key: string]: unknown }) => void
}

/** Applies the highstate at intervals while the master is offline. Returns a function that stops it. */
export function keepHighstate({ minion, mark, now, connected, rule, apply, log }: KeeperDeps): () => void {
  const startedMs = now()
  let looking = false
  /** Why the last attempt failed: logged once, not every two seconds. */
  let reason: string | undefined
  const look = async (): Promise<void> => {
    const facts = { rule: rule(), minion, sinceMs: mark.sinceMs(), startedMs, connected: connected(), nowMs: now() }
    const what = lookAtInterval(facts)
    if (what === 'wait') return
    await mark.set(facts.nowMs)
    if (what === 'apply') await apply()
  }
  const timer = setInterval(() => {
    if (looking) return
    looking = true
    look()
      .then(() => {
        reason = undefined
      })
      .catch((error: unknown) => {
        const [{ message }] = problemsOf(error)
        if (message !== reason) log('highstate-not-kept', { message })
        reason = message
      })
      .finally(() => {
        looking = false
      })
  }, LOOK_MS)
  return () => clearInterval(timer)
}
