import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Scene } from './scene.ts'

/** A scene whose processes all use a clock that the test sets. */
export class ClockScene extends Scene {
  readonly #path = join(this.directory, 'clock')
  #offset = 0

  constructor(time: string) {
    super()
    this.setClock(time)
  }

  override get env(): NodeJS.ProcessEnv {
    const preload = `--import=${join(import.meta.dirname, 'shifted-clock.ts')}`
    return { ...super.env, NODE_OPTIONS: preload, SALTERN_TEST_CLOCK: this.#path }
  }

  setClock(time: string): void {
    this.#offset = Date.parse(time) - Date.now()
    writeFileSync(this.#path, String(this.#offset))
  }

  get now(): number {
    return Date.now() + this.#offset
  }
}
