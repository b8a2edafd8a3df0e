import type { ApplyResult } from '../../master/jobs/results.ts'
import { Scene } from '../../test/journey/scene.ts'
import type { Built } from './built.ts'
import { type LoopDelay, LoopProbe } from './loop-delay.ts'
import { cpuSeconds } from './process-usage.ts'
import { type Done, timedCommand } from './timed-command.ts'

/** A master and the minion m1 with the role `work`, as processes of the bundles. */
export class FleetOfOne {
  readonly scene: Scene
  readonly #built: Built
  readonly #probe: LoopProbe

  constructor(built: Built) {
    this.#built = built
    this.scene = new Scene(built)
    this.#probe = new LoopProbe(built, this.scene)
  }

  /** `files`: of the role, by path below it. `probe`: for `loopDelay`. */
  async start(files: { readonly [path: string]: string }, { probe = false } = {}): Promise<void> {
    const role = Object.entries(files).map(([path, text]) => [`roles/work/${path}`, text])
    await this.scene.makeFleet({
      'inventory.yml': '"m*": {roles: [work], level: staging}\n',
      ...Object.fromEntries(role),
    })
    await this.scene.startMaster([], probe ? this.#probe.env : {})
    await this.scene.join('m1')
  }

  /** Runs `master <words>`; the CPU time includes what master and minion spent meanwhile. */
  async command(words: readonly string[], { discard = false } = {}): Promise<Done> {
    const before = this.#daemonCpu()
    const argv = [process.execPath, this.#built.master, ...words]
    const done = await timedCommand(argv, { env: this.scene.env, discard })
    return { ...done, cpu: done.cpu + this.#daemonCpu() - before }
  }

  /** Applies once and throws unless all states had this outcome: a bench must measure what it says. */
  async demand(states: number, outcome: 'changed' | 'unchanged'): Promise<void> {
    const { runs } = JSON.parse(await this.scene.must(['--json', 'apply', 'm1'])) as ApplyResult
    const counts = runs[0]?.counts
    if (counts?.[outcome] !== states) {
      throw new Error(`expected ${states} states ${outcome}, found ${JSON.stringify(counts ?? runs)}`)
    }
  }

  /** Delay of the master's event loop since the last call. */
  loopDelay(): Promise<LoopDelay> {
    return this.#probe.read()
  }

  #daemonCpu(): number {
    return cpuSeconds(this.scene.pid('master')) + cpuSeconds(this.scene.pid('minion-m1'))
  }

  close(): Promise<void> {
    return this.scene.close()
  }
}
