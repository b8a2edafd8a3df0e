import { setTimeout as pause } from 'node:timers/promises'
import type { Section } from '../bench-context.ts'
import { FleetOfOne } from '../fleet-of-one.ts'
import { startIdleNode } from '../idle-node.ts'
import { inTurns } from '../in-turns.ts'
import { measuredRow } from '../measured-row.ts'
import { threadSeconds } from '../process-usage.ts'
import { timedCommand } from '../timed-command.ts'

const FLOOR = 'node with a timer'

export const IDLE: Section = {
  section: 'idle',
  about:
    'CPU time of a master with one minion in which nothing happens, with `n` runs of history, and of that minion, in ms for each second. ' +
    'Floor: a node process with a timer of 500 ms.',
  async measure({ built, sizes, add }) {
    const fleet = new FleetOfOne(built)
    const bare = startIdleNode()
    try {
      await fleet.start({ 'states.yml': '' })
      let runs = 0
      for (const n of sizes.history) {
        if (n > runs) {
          await fleet.scene.kill('master', 'SIGTERM')
          await timedCommand([process.execPath, built.helper('history'), fleet.scene.state, String(runs), String(n)])
          runs = n
          await fleet.scene.startMaster([], {}, 600_000)
          await fleet.scene.here('m1')
          // What the start of a master leaves to do.
          await pause(sizes.idleMs)
        }
        const idle = async () => {
          const processes = {
            master: fleet.scene.pid('master'),
            minion: fleet.scene.pid('minion-m1'),
            [FLOOR]: bare.pid,
          }
          const before = Object.entries(processes).map(([name, pid]) => [name, pid, threadSeconds(pid)] as const)
          const begun = performance.now()
          await pause(sizes.idleMs)
          const seconds = (performance.now() - begun) / 1000
          return new Map(before.map(([name, pid, cpu]) => [name, ((threadSeconds(pid) - cpu) * 1000) / seconds]))
        }
        const { all } = await inTurns({ ...sizes, warmUps: 0 }, { all: idle })
        const valuesOf = (name: string): readonly number[] => all.map(one => one.get(name) ?? Number.NaN)
        for (const name of ['master', 'minion']) {
          if (name === 'minion' && n > 0) continue
          const floor = { name: FLOOR, values: valuesOf(FLOOR) }
          const row = { section: 'idle', name: `CPU of an idle ${name} in a second`, n, unit: 'ms' } as const
          add(measuredRow({ ...row, values: valuesOf(name), floor }))
        }
      }
    } finally {
      bare.stop()
      await fleet.close()
    }
  },
}
