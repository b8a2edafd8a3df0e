import { measureBareTls } from '../bare-tls.ts'
import type { BenchContext, Section } from '../bench-context.ts'
import { measuredRow } from '../measured-row.ts'
import { cpuSeconds } from '../process-usage.ts'
import { SwarmScene } from '../swarm-scene.ts'

const FLOOR = 'bare TLS'

export const RECONNECT: Section = {
  section: 'reconnect',
  about:
    'All of `n` simulated minions back after the master was killed with SIGKILL and started again, from the start of the process. Floor: as many ' +
    'bare TLS connections.',
  async measure(context) {
    for (const n of context.sizes.swarm) await measureReconnect(context, n)
  },
}

async function measureReconnect({ built, directory, add }: BenchContext, n: number): Promise<void> {
  const fleet = new SwarmScene(built)
  const { scene, swarm } = fleet
  try {
    await fleet.start(0)
    await swarm.start(n)
    await swarm.online(n)
    await scene.kill('master')
    await swarm.online(0)
    const begun = performance.now()
    await fleet.startMaster()
    await swarm.online(n)
    const seconds = (performance.now() - begun) / 1000
    const cpu = cpuSeconds(scene.pid('master'))
    const { connect } = await measureBareTls(built, directory, { count: n, down: 1, up: 1 })
    const row = { section: 'reconnect', n } as const
    const floor = (value: number) => ({ name: FLOOR, values: [value] })
    add(measuredRow({ ...row, name: 'all minions back', unit: 's', values: [seconds], floor: floor(connect.seconds) }))
    const each = (of: number): number => (of / n) * 1000
    const name = 'CPU of the master for each, with its start'
    add(measuredRow({ ...row, name, unit: 'ms', values: [each(cpu)], floor: floor(each(connect.cpu)) }))
  } finally {
    await fleet.close()
  }
}
