import { setTimeout as pause } from 'node:timers/promises'
import type { Section } from '../bench-context.ts'
import { fileStates } from '../bench-files.ts'
import { FleetOfOne } from '../fleet-of-one.ts'
import { startIdleNode } from '../idle-node.ts'
import { measuredRow } from '../measured-row.ts'
import { pssMebibytes } from '../process-usage.ts'

const FLOOR = 'idle node process'

export const MEMORY: Section = {
  section: 'memory',
  about:
    'Proportional set size of a master and a minion: idle, and idle again after an apply that created `n` files. Floor: a node process with one ' +
    'timer. Memory for each minion is in the section swarm.',
  async measure({ built, sizes, add }) {
    const n = sizes.files[0] ?? 0
    const fleet = new FleetOfOne(built)
    const bare = startIdleNode()
    try {
      await fleet.start({ 'states.yml': '' })
      const read = async (when: string, size: number): Promise<void> => {
        // Long enough for timers and the garbage collector.
        await pause(sizes.idleMs)
        for (const [name, pid] of [
          ['master', fleet.scene.pid('master')],
          ['minion', fleet.scene.pid('minion-m1')],
        ] as const) {
          const floor = { name: FLOOR, values: [pssMebibytes(bare.pid)] }
          const values = [pssMebibytes(pid)]
          add(measuredRow({ section: 'memory', name: `${name}, ${when}`, n: size, unit: 'MiB', values, floor }))
        }
      }
      await read('idle', 0)
      fleet.scene.write({ 'roles/work/states.yml': fileStates(n, fleet.scene.out, fleet.scene.owner) })
      await fleet.demand(n, 'changed')
      await fleet.demand(n, 'unchanged')
      await read('after work', n)
    } finally {
      bare.stop()
      await fleet.close()
    }
  },
}
