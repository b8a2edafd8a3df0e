import { Scene } from '../../test/journey/scene.ts'
import type { Built } from './built.ts'
import { type LoopDelay, LoopProbe } from './loop-delay.ts'
import { threadSeconds } from './process-usage.ts'
import { Swarm } from './swarm.ts'
import type { Sample } from './timed-command.ts'

const START_MS = 120_000

/** What one phase cost. The CPU time is that of the master. */
export interface Phase extends Sample {
  readonly loop: LoopDelay
  readonly lost: number
}

/** A master with a probe of its event loop, and a swarm for it. The role `swarm` has some files, for every minion. */
export class SwarmScene {
  readonly scene: Scene
  readonly swarm: Swarm
  readonly #probe: LoopProbe

  constructor(built: Built) {
    this.scene = new Scene(built)
    this.swarm = new Swarm(built, this.scene)
    this.#probe = new LoopProbe(built, this.scene)
  }

  async start(states: number): Promise<void> {
    const files = Array.from({ length: states }, (_, index) => {
      return `file ${index}:\n  file.managed:\n    - name: /srv/swarm/${index}\n    - contents: "{{minion.id}} ${index}"\n`
    })
    await this.scene.makeFleet({ 'inventory.yml': '{}\n', 'roles/swarm/states.yml': files.join('') })
    await this.startMaster()
  }

  startMaster(): Promise<void> {
    return this.scene.startMaster([], this.#probe.env, START_MS)
  }

  async phase(act: () => Promise<unknown>): Promise<Phase> {
    const pid = this.scene.pid('master')
    await this.#probe.read()
    const [lost, cpu, begun] = [this.swarm.totals.lost, threadSeconds(pid), performance.now()]
    await act()
    const seconds = (performance.now() - begun) / 1000
    const after = threadSeconds(pid)
    return { seconds, cpu: after - cpu, loop: await this.#probe.read(), lost: this.swarm.totals.lost - lost }
  }

  async close(): Promise<void> {
    this.swarm.stop()
    await this.scene.close()
  }
}
