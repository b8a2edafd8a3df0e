import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { PingAnswer } from '../../master/verbs/minions.ts'
import { Scene } from '../../test/journey/scene.ts'
import { type Finding, median, round, timePair } from './measure.ts'

const run = promisify(execFile)
const IDLE_MS = 10_000

/** Measures the response time for an operator, and the cost of an idle minion. */
export async function benchProcesses(): Promise<readonly Finding[]> {
  const scene = new Scene()
  try {
    await scene.makeFleet({ 'inventory.yml': '"m*": {roles: [], level: staging}\n' })
    await scene.startMaster()
    await scene.join('m1')
    const pair = await timePair(
      9,
      () => scene.must(['ping', 'm1']),
      () => run(process.execPath, ['-e', '0']),
    )
    const trips: number[] = []
    for (let turn = 0; turn < 9; turn++) {
      const { answers } = JSON.parse(await scene.must(['--json', 'ping', 'm1'])) as { answers: readonly PingAnswer[] }
      trips.push(answers[0]?.ms ?? Number.NaN)
    }
    const before = cpuOf(scene.pid('minion-m1'))
    await pause(IDLE_MS)
    const cpu = (cpuOf(scene.pid('minion-m1')) - before) / (IDLE_MS / 1000)
    const rss = residentMebibytes(scene.pid('minion-m1'))
    return [
      {
        what: '`master ping m1`, the whole process, beside `node -e 0`',
        measured: `${round(pair.ratio)} x (${round(pair.first)} ms / ${round(pair.second)} ms)`,
        budget: '2 x',
        ok: pair.ratio < 2,
      },
      {
        what: 'round trip of a ping inside the master',
        measured: `${round(median(trips))} ms`,
        budget: '5 ms',
        ok: median(trips) < 5,
      },
      { what: 'memory of an idle minion', measured: `${round(rss)} MiB`, budget: '60 MiB', ok: rss < 60 },
      { what: 'processor time of an idle minion', measured: `${round(cpu)} %`, budget: '~0 %', ok: cpu < 1 },
    ]
  } finally {
    await scene.close()
  }
}

/** VmRSS of proc(5). */
export function residentMebibytes(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024
}

/** User and system time so far, in seconds. */
export function cpuSeconds(pid: number): number {
  return cpuOf(pid) / 100
}

/** User and system time so far, in hundredths of a second (fields 14 and 15 of proc(5) stat, at 100 ticks a second). */
function cpuOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return Number(fields[11]) + Number(fields[12])
}
