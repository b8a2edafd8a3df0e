import { setTimeout as pause } from 'node:timers/promises'
import type { RunRow } from '../../master/jobs/results.ts'
import { until } from '../../test/journey/scene.ts'
import type { ChaosScene } from './chaos-scene.ts'
import { failuresOf } from './failures.ts'
import type { Blow, Fault } from './faults.ts'
import { brokenInvariants } from './invariants.ts'

export interface RoundResult {
  readonly fault: string
  /** False when no run was open at the time of the fault, so that the round proves nothing. */
  readonly during: boolean
  readonly runs: readonly RunRow[]
  /** Why each `failed` run failed, to distinguish effects of the fault from bugs. */
  readonly failures: readonly string[]
  readonly broken: readonly string[]
}

/** When a fault occurs: as soon as a run was sent, in the middle of it, or when it is about to end. */
const MOMENTS = ['sent', 'middle', 'end'] as const
const BOUND_MS = 60_000

/** Causes one fault during an open run of a new revision and collects the result. Waits until everything is over. */
export async function playRound(
  scene: ChaosScene,
  fault: Fault,
  { random, isShort }: Pick<Blow, 'random' | 'isShort'>,
): Promise<RoundResult> {
  const moment = random.pick(MOMENTS)
  const minion = random.pick(scene.minions)
  const delayMs = random.between(0, moment === 'sent' ? 50 : 300)
  const isReleasedFirst = random.chance(50)
  await scene.online()
  await scene.beginRound()
  const revision = scene.edit()
  scene.apply()
  await until('a run is open', () => scene.hasOpenRun(), undefined, BOUND_MS)
  if (moment !== 'sent') {
    await until('the run is in its middle', () => scene.hasExecuted(minion, revision), undefined, BOUND_MS)
  }
  if (moment === 'end') scene.release()
  await pause(delayMs)
  const during = await scene.hasOpenRun()
  const mend = await fault.strike({ scene, minion, random, isShort })
  if (isReleasedFirst) scene.release()
  await mend()
  scene.release()
  const unended = await scene.ended()
  scene.setMasterClock(0)
  await scene.online()
  const master = await scene.masterRecord()
  const broken = brokenInvariants(
    master,
    scene.minions.map(id => scene.minionRecord(id)),
  )
  return { fault: fault.name, during, runs: master.runs, failures: failuresOf(master), broken: [...unended, ...broken] }
}
