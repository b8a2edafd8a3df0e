import type { PingAnswer } from '../../../master/verbs/minions.ts'
import type { Section } from '../bench-context.ts'
import { FleetOfOne } from '../fleet-of-one.ts'
import { inTurns } from '../in-turns.ts'
import { measuredRow } from '../measured-row.ts'
import { timedCommand } from '../timed-command.ts'

const FLOOR = 'node -e 0'
/** Turns are short, and noise is large beside them. */
const TURNS = 4

export const START_UP: Section = {
  section: 'start-up',
  about:
    'Commands as whole processes. Floor: `node -e 0`. The round trip is what `master ping` prints, without a floor.',
  async measure({ built, sizes, add }) {
    const fleet = new FleetOfOne(built)
    try {
      await fleet.start({ 'states.yml': '' })
      const node = process.execPath
      const samples = await inTurns(
        { ...sizes, turns: sizes.turns * TURNS },
        {
          [FLOOR]: () => timedCommand([node, '-e', '0']),
          'master --version': () => timedCommand([node, built.master, '--version']),
          'minion --version': () => timedCommand([node, built.minion, '--version']),
          'master ping of one minion': () => fleet.command(['ping', 'm1']),
        },
      )
      for (const [name, own] of Object.entries(samples)) {
        if (name === FLOOR) continue
        for (const figure of ['seconds', 'cpu'] as const) {
          const floor = { name: FLOOR, values: (samples[FLOOR] ?? []).map(sample => sample[figure]) }
          const values = own.map(sample => sample[figure])
          add(
            measuredRow({
              section: 'start-up',
              name: figure === 'seconds' ? name : `CPU of ${name}`,
              n: 1,
              unit: 's',
              values,
              floor,
            }),
          )
        }
      }
      const trips: number[] = []
      for (let turn = 0; turn < sizes.turns * TURNS; turn++) {
        const { answers } = JSON.parse(await fleet.scene.must(['--json', 'ping', 'm1'])) as {
          readonly answers: readonly PingAnswer[]
        }
        trips.push(answers[0]?.ms ?? Number.NaN)
      }
      add(measuredRow({ section: 'start-up', name: 'round trip of a ping', n: 1, unit: 'ms', values: trips }))
    } finally {
      await fleet.close()
    }
  },
}
