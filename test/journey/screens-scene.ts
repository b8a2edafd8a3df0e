import { type ChildProcess, execFileSync, fork } from 'node:child_process'
import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { createClient } from '../../master/api/client.ts'
import type { AgentsPart } from './agents.ts'
import { Scene, until } from './scene.ts'
import { filesBefore, PROGRAMS, type ScreensPlace, screensFleet, WEBS } from './screens-fleet.ts'

const PROCESSES = 2

/** A real master and 20 real agents with a clock that stands still, and programs of the hosts that wait while the test holds them. */
export class ScreensScene extends Scene {
  /** Short, since paths of files are on the screen. */
  readonly hosts = mkdtempSync('/tmp/h-')
  readonly #clock = join(this.directory, 'clock')
  readonly #agents: ChildProcess[] = []
  readonly #gates = new Set<string>()
  #now = Date.parse('2026-12-01T09:30:00Z')
  #problems = ''

  constructor() {
    super()
    this.pass(0)
    mkdirSync(join(this.hosts, 'bin'))
    for (const [name, text] of Object.entries(PROGRAMS)) this.#program(join(this.hosts, 'bin', name), text)
    const master = `#!/bin/sh\nexec "${process.execPath}" "${join(import.meta.dirname, '../../master/main.ts')}" "$@"\n`
    this.#program(join(this.hosts, 'bin', 'master'), master)
  }

  override get env(): NodeJS.ProcessEnv {
    const preload = `--import=${join(import.meta.dirname, 'fixed-host.ts')}`
    return { ...super.env, NODE_OPTIONS: preload, SALTERN_TEST_CLOCK: this.#clock }
  }

  /** The environment of a shell in which `master` is a command, and output has colours. */
  get shellEnv(): NodeJS.ProcessEnv {
    const { NO_COLOR: _none, ...env } = this.env
    return { ...env, PATH: `${join(this.hosts, 'bin')}:${env['PATH']}` }
  }

  get place(): ScreensPlace {
    return { hosts: this.hosts, owner: this.owner }
  }

  /** Sets the clock of all processes forward. */
  pass(seconds: number): void {
    this.#now += seconds * 1000
    writeFileSync(this.#clock, new Date(this.#now).toISOString())
  }

  async open(): Promise<void> {
    await this.makeFleet(screensFleet(this.place, 1))
    for (const id of WEBS) this.writeOn(id, filesBefore(id))
    await this.startMaster()
    await this.must(['pillar', 'set', 'redis.password'], 'correct horse battery staple')
    await this.#join([...WEBS, 'spare1'])
  }

  /** Writes these files of a host, by path. */
  writeOn(minion: string, files: { readonly [path: string]: string }): void {
    for (const [path, text] of Object.entries(files)) {
      const absolute = join(this.hosts, minion, path)
      mkdirSync(dirname(absolute), { recursive: true })
      writeFileSync(absolute, text)
    }
  }

  /** From now on a file is in the way on web9, and the application of web17 does not answer. */
  breakHosts(): void {
    const cache = join(this.hosts, 'web9/var/cache/app')
    rmSync(cache, { recursive: true })
    writeFileSync(cache, 'a file\n')
    writeFileSync(join(this.hosts, 'behind'), '')
  }

  /** Makes the next program of these minions that changes something wait. */
  hold(minions: readonly string[]): void {
    for (const minion of minions) {
      rmSync(join(this.hosts, `${minion}-waits`), { force: true })
      const gate = join(this.hosts, `gate-${minion}`)
      if (!existsSync(gate)) execFileSync('mkfifo', [gate])
      this.#gates.add(gate)
    }
  }

  /** True once the programs of these minions wait. */
  isHeld(minions: readonly string[]): boolean {
    return minions.every(minion => existsSync(join(this.hosts, `${minion}-waits`)))
  }

  /** Lets all programs go on, which must wait. */
  letGo(): void {
    for (const gate of this.#gates) {
      writeFileSync(gate, '')
      rmSync(gate)
    }
    this.#gates.clear()
  }

  override async close(): Promise<void> {
    for (const gate of this.#gates) {
      try {
        closeSync(openSync(gate, constants.O_WRONLY | constants.O_NONBLOCK))
      } catch {
        // Nobody waits.
      }
    }
    for (const child of this.#agents) child.kill('SIGKILL')
    await super.close()
    rmSync(this.hosts, { recursive: true, force: true })
  }

  async #join(ids: readonly string[]): Promise<void> {
    const api = createClient(join(this.state, 'master.sock'))
    const minions: { readonly id: string; readonly token: string }[] = []
    for (const id of ids) minions.push({ id, token: (await api.call('token-create', { minion: id })).token })
    const directory = join(this.directory, 'agents')
    for (let part = 0; part < PROCESSES; part++) {
      const own = minions.filter((_, at) => at % PROCESSES === part)
      const words: AgentsPart = { master: this.address, directory, minions: own }
      const child = fork(join(import.meta.dirname, 'agents.ts'), [JSON.stringify(words)], {
        env: this.env,
        silent: true,
      })
      child.stderr?.on('data', chunk => (this.#problems += String(chunk)))
      this.#agents.push(child)
    }
    await until(
      'all minions are online',
      async () =>
        (await api.call('ping', { target: '*' }).catch(() => ({ answers: [] }))).answers.filter(({ ok }) => ok)
          .length === ids.length,
      () => this.#problems,
    )
  }

  #program(path: string, text: string): void {
    writeFileSync(path, text)
    chmodSync(path, 0o755)
  }
}
