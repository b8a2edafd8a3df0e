import { ChaosScene } from './chaos-scene.ts'
import { FAULTS, type Fault } from './faults.ts'
import { brokenInvariants } from './invariants.ts'
import { randomOf } from './random.ts'
import { playRound, type RoundResult } from './round.ts'
import { CAN_MOUNT } from './small-disk.ts'

export interface LoopOptions {
  readonly seed: number
  /** How often each fault occurs during an open run. */
  readonly rounds: number
  /** Names of faults; empty means all. */
  readonly only: readonly string[]
  /** Limits outages to one second. */
  readonly isShort: boolean
  readonly say: (line: string) => void
  readonly signal: AbortSignal
}

export interface LoopResult {
  readonly rounds: readonly RoundResult[]
  /** Faults that this user cannot cause. */
  readonly leftOut: readonly string[]
  /** Invariants broken over all rounds together, checked at the end. */
  readonly broken: readonly string[]
}

/** Rounds without an open run are repeated, but not forever. */
const MOST_MISSES = 20

/** Plays each fault in the order given by the seed, and finally checks everything once more. */
export async function playLoop({ seed, rounds, only, isShort, say, signal }: LoopOptions): Promise<LoopResult> {
  const wanted = FAULTS.filter(({ name }) => only.length === 0 || only.includes(name))
  const able = wanted.filter(({ needsRoot }) => needsRoot === undefined || CAN_MOUNT)
  const random = randomOf(seed)
  const plan = random.shuffle(Array.from({ length: rounds }, () => able).flat())
  const results: RoundResult[] = []
  const scene = new ChaosScene(['m1', 'm2'], signal)
  try {
    await scene.open()
    const queue: Fault[] = [...plan]
    for (let misses = 0; queue.length > 0 && misses <= MOST_MISSES; ) {
      const fault = queue.shift()
      if (fault === undefined) break
      const began = Date.now()
      const result = await playRound(scene, fault, { random: randomOf(random.between(0, 2 ** 31)), isShort })
      if (!result.during) {
        misses++
        queue.push(fault)
      }
      results.push(result)
      say(roundLine(result, results.length, Date.now() - began))
    }
    return {
      rounds: results,
      leftOut: wanted.filter(one => !able.includes(one)).map(({ name }) => name),
      broken: await closing(scene),
    }
  } finally {
    await scene.close()
  }
}

/** Runs a last undisturbed apply, and checks the records of all rounds. */
async function closing(scene: ChaosScene): Promise<readonly string[]> {
  await scene.beginRound()
  const revision = scene.edit()
  scene.release()
  const { code, err } = await scene.run(['apply', '*'])
  const minions = scene.minions.map(id => scene.minionRecord(id, true))
  return [
    ...(code === 0 ? [] : [`the last apply ended with ${code}: ${err}`]),
    ...minions.flatMap(({ minion, onDisk }) => {
      return onDisk === revision ? [] : [`${minion} has revision ${onDisk} after the last apply of ${revision}`]
    }),
    ...brokenInvariants(await scene.masterRecord(true), minions),
  ]
}

function roundLine({ fault, during, runs, failures, broken }: RoundResult, number: number, ms: number): string {
  const outcomes = runs.map(({ minion, state }) => `${minion} ${state}`).join(', ')
  const missed = during ? '' : ' (no run was open: played again)'
  return [
    `${number} ${fault}${missed}: ${outcomes} (${(ms / 1000).toFixed(1)} s)`,
    ...failures.map(text => `  ${text}`),
    ...broken.map(text => `  BROKEN ${text}`),
  ].join('\n')
}
