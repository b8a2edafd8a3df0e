import { measureBareTls } from '../bare-tls.ts'
import type { BenchContext, Section } from '../bench-context.ts'
import { type Measured, measuredRow } from '../measured-row.ts'
import { pssMebibytes } from '../process-usage.ts'
import type { Row } from '../row.ts'
import { SwarmScene } from '../swarm-scene.ts'
import type { Sample } from '../timed-command.ts'

const STATES = 20
const STORED_BOUND_MS = 600_000
const FLOOR = 'bare TLS'

export const SWARM: Section = {
  section: 'swarm',
  about:
    'A master with `n` simulated minions in processes of their own: real TLS, handshake and order verification, a signed report, each from a ' +
    'loopback address of its own. They connect at 100 a second; then `master ping` and an apply of 20 states with nothing to do. ' +
    'Floor: a bare TLS server with as many connections, which sends as many bytes, and appends what it gets to a file.',
  async measure(context) {
    for (const n of context.sizes.swarm) await measureSwarm(context, n)
  },
}

async function measureSwarm({ built, directory, add, leaveOut }: BenchContext, n: number): Promise<void> {
  const fleet = new SwarmScene(built)
  const { scene, swarm } = fleet
  const row = (name: string, unit: Row['unit'], value: number, floor?: number): void => {
    const bare: Measured = { section: 'swarm', name, n, unit, values: [value] }
    add(measuredRow(floor === undefined ? bare : { ...bare, floor: { name: FLOOR, values: [floor] } }))
  }
  try {
    await fleet.start(STATES)
    const empty = pssMebibytes(scene.pid('master'))
    const connect = await fleet.phase(async () => {
      await swarm.start(n)
      await swarm.online(n)
    })
    const each = ((pssMebibytes(scene.pid('master')) - empty) * 1024) / n
    const { catalog } = JSON.parse(await scene.must(['--json', 'render', 'm0'])) as { readonly catalog: unknown }
    const bytes = JSON.stringify(catalog).length
    const bare = await measureBareTls(built, directory, { count: n, down: bytes, up: bytes })
    const cpuEach = ({ cpu }: Sample): number => (cpu / n) * 1000
    row('all connected', 's', connect.seconds, bare.connect.seconds)
    row('CPU of the master to connect each', 'ms', cpuEach(connect), cpuEach(bare.connect))
    row('memory of the master for each minion', 'KiB', each, bare.kibibytesEach)
    const command = async (verb: string): Promise<number> => {
      const { code, err } = await scene.run([verb, '*'])
      if (code !== 0) leaveOut(`${verb} of ${n} minions without an error`, `exit code ${code}: ${err.slice(-300)}`)
      return code ?? -1
    }
    const ping = await fleet.phase(() => command('ping'))
    row('ping of all', 's', ping.seconds, bare.ping.seconds)
    row('CPU of the master to ping each', 'ms', cpuEach(ping), cpuEach(bare.ping))
    let missing = 0
    const apply = await fleet.phase(async () => {
      const code = await command('apply')
      missing = await swarm.stored(n, code === 0 ? STORED_BOUND_MS : 0)
    })
    row(`apply of ${STATES} states to all`, 's', apply.seconds, bare.exchange.seconds)
    row('CPU of the master to apply to each', 'ms', cpuEach(apply), cpuEach(bare.exchange))
    row('longest event-loop delay', 'ms', Math.max(...[connect, ping, apply].map(({ loop }) => loop.max)))
    row('links', 'lost', connect.lost + ping.lost + apply.lost)
    row('reports', 'lost', missing)
    const { problems } = swarm.totals
    if (problems.length > 0) leaveOut(`${n} minions without an event`, problems.join('; ').slice(0, 1000))
  } finally {
    await fleet.close()
  }
}
