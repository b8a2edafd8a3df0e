import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Scene, until } from '../../test/journey/scene.ts'
import type { Built } from './built.ts'

/** Delays of an event loop since the last reading, in milliseconds. */
export interface LoopDelay {
  readonly max: number
  readonly p99: number
}

/** Reads the delay of the master's event loop; the master must be started with `env`. */
export class LoopProbe {
  readonly env: NodeJS.ProcessEnv
  readonly #scene: Scene
  readonly #path: string

  constructor(built: Built, scene: Scene) {
    this.#scene = scene
    this.#path = join(scene.directory, 'loop.json')
    const more = process.env['SALTERN_BENCH_NODE_OPTIONS'] ?? ''
    this.env = { NODE_OPTIONS: `--import=${built.helper('loop-probe')} ${more}`, SALTERN_LOOP_PROBE: this.#path }
  }

  /** Delay since the last call. */
  async read(): Promise<LoopDelay> {
    rmSync(this.#path, { force: true })
    process.kill(this.#scene.pid('master'), 'SIGUSR2')
    let delay: LoopDelay | undefined
    await until('the probe of the event loop answers', () => {
      delay = this.#parsed()
      return delay !== undefined
    })
    return delay ?? { max: Number.NaN, p99: Number.NaN }
  }

  #parsed(): LoopDelay | undefined {
    try {
      return JSON.parse(readFileSync(this.#path, 'utf8')) as LoopDelay
    } catch {
      return undefined
    }
  }
}
