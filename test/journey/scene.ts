import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

/** The directory of the checkout. */
export const PROJECT = resolve(import.meta.dirname, '../..')
/** The entry point of the master's command line. */
export const PROGRAM = join(PROJECT, 'master/main.ts')
const BOUND_MS = 90_000

/** Paths of the two programs that a scene starts. */
export interface Programs {
  readonly master: string
  readonly minion: string
}
const SOURCES: Programs = { master: PROGRAM, minion: join(PROJECT, 'minion/main.ts') }

export interface Said {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

export interface CliRun {
  readonly done: Promise<Said>
  /** Output on stdout so far. */
  soFar(): string
  kill(signal?: NodeJS.Signals): void
}

/** A real master, real minions and the CLI, as processes on loopback, below one temporary directory. */
export class Scene {
  readonly directory = mkdtempSync(join(tmpdir(), 'saltern-journey-'))
  readonly fleet = join(this.directory, 'fleet')
  readonly state = join(this.directory, 'master')
  readonly out = join(this.directory, 'out')
  readonly #children = new Map<string, ChildProcess>()
  readonly #programs: Programs
  #port = 0
  /** The limit of open files, sockets and pipes of the master; undefined: the limit of this process. */
  descriptors: number | undefined

  constructor(programs = SOURCES) {
    this.#programs = programs
  }

  get address(): string {
    return `127.0.0.1:${this.#port}`
  }

  get env(): NodeJS.ProcessEnv {
    return { ...process.env, SALTERN_STATE: this.state, SALTERN_FLEET: this.fleet, NO_COLOR: '1' }
  }

  /** The owner of files, so that tests do not need root. */
  get owner(): string {
    const group = execFileSync('id', ['-gn'], { encoding: 'utf8' }).trim()
    return `user: ${userInfo().username}, group: ${group}`
  }

  /** Creates a fresh fleet and writes these files into it, by path. */
  async makeFleet(files: { readonly [path: string]: string }): Promise<void> {
    await this.must(['init', this.fleet])
    mkdirSync(this.out)
    this.write(files)
  }

  write(files: { readonly [path: string]: string }): void {
    for (const [path, text] of Object.entries(files)) {
      const absolute = join(this.fleet, path)
      mkdirSync(dirname(absolute), { recursive: true })
      writeFileSync(absolute, text)
    }
  }

  /** Runs `master <words>` to its end. */
  run(words: readonly string[], stdin = '', env: NodeJS.ProcessEnv = {}): Promise<Said> {
    return this.begin(words, stdin, env).done
  }

  begin(words: readonly string[], stdin = '', env: NodeJS.ProcessEnv = {}): CliRun {
    const child = spawn(process.execPath, [this.#programs.master, ...words], { env: { ...this.env, ...env } })
    this.#children.set(`cli-${child.pid}`, child)
    let out = ''
    let err = ''
    child.stdout.on('data', chunk => (out += String(chunk)))
    child.stderr.on('data', chunk => (err += String(chunk)))
    child.stdin.on('error', () => undefined)
    child.stdin.end(stdin)
    const done = new Promise<Said>(resolved => child.on('close', code => resolved({ code, out, err })))
    return { done, soFar: () => out, kill: (signal = 'SIGKILL') => void child.kill(signal) }
  }

  async must(words: readonly string[], stdin = ''): Promise<string> {
    const said = await this.run(words, stdin)
    if (said.code !== 0) throw new Error(`master ${words.join(' ')} ended with ${said.code}: ${said.err}${said.out}`)
    return said.out
  }

  async startMaster(words: readonly string[] = [], env: NodeJS.ProcessEnv = {}, boundMs = BOUND_MS): Promise<void> {
    const log = this.#start(
      'master',
      ['start', '--listen', `127.0.0.1:${this.#port}`, ...words],
      this.#programs.master,
      env,
    )
    await until('the master is ready', () => log().includes('the master is ready'), log, boundMs)
    const last = log().lastIndexOf('"listen":"127.0.0.1:')
    this.#port = Number(/"listen":"127\.0\.0\.1:(\d+)"/.exec(log().slice(last))?.[1])
  }

  minionState(id: string): string {
    return join(this.directory, `minion-${id}`)
  }

  minion(id: string, words: readonly string[], stdin = ''): Promise<Said> {
    const argv = [this.#programs.minion, '--state', this.minionState(id), ...words]
    const child = spawn(process.execPath, argv, { env: this.env })
    let out = ''
    let err = ''
    child.stdout.on('data', chunk => (out += String(chunk)))
    child.stderr.on('data', chunk => (err += String(chunk)))
    child.stdin.on('error', () => undefined)
    child.stdin.end(stdin)
    this.#children.set(`join-${child.pid}`, child)
    return new Promise(resolved => child.on('close', code => resolved({ code, out, err })))
  }

  /** Joins with a token of its own and starts the agent; returns when the master has received its hello. */
  async join(id: string, words: readonly string[] = []): Promise<void> {
    const token = await this.must(['join-token', 'create', '--id', id, ...words])
    const said = await this.minion(id, ['join', '--master', this.address, '--id', id], token)
    if (said.code !== 0) throw new Error(`${id} did not join: ${said.err}`)
    this.startMinion(id)
    await this.here(id)
  }

  /** `program`: that of another version. */
  startMinion(id: string, program = this.#programs.minion): void {
    this.#start(`minion-${id}`, ['--state', this.minionState(id), 'start'], program)
  }

  async here(id: string): Promise<void> {
    await until(
      `${id} is here`,
      async () => (await this.run(['ping', id])).code === 0,
      () => this.log(`minion-${id}`),
    )
  }

  async away(id: string): Promise<void> {
    await until(`${id} is offline`, async () => (await this.run(['ping', id])).code === 4)
  }

  /** Kills a process, by default with SIGKILL, and waits for its end. `name` is `master` or `minion-<id>`. */
  async kill(name: string, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.#children.get(name)
    if (child === undefined) throw new Error(`no process ${name}`)
    this.#children.delete(name)
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = new Promise(resolved => child.once('close', resolved))
    child.kill(signal)
    await ended
  }

  pid(name: string): number {
    return this.#children.get(name)?.pid ?? -1
  }

  log(name: string): string {
    try {
      return readFileSync(join(this.directory, `${name}.log`), 'utf8')
    } catch {
      return ''
    }
  }

  async close(): Promise<void> {
    for (const name of this.#children.keys()) await this.kill(name)
    rmSync(this.directory, { recursive: true, force: true })
  }

  #start(name: string, words: readonly string[], program: string, env: NodeJS.ProcessEnv = {}): () => string {
    const before = this.log(name).length
    const limit = name === 'master' && this.descriptors !== undefined ? `ulimit -n ${this.descriptors}; ` : ''
    const shell = [`${limit}exec "$0" "$@"`, process.execPath, program, ...words]
    const child = spawn('sh', ['-c', ...shell], { env: { ...this.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
    this.#children.set(name, child)
    const path = join(this.directory, `${name}.log`)
    const keep = (chunk: unknown): void => writeFileSync(path, String(chunk), { flag: 'a' })
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    return () => this.log(name).slice(before)
  }
}

/** Waits for a condition with a time limit; the error quotes what was last seen. */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  seen = () => '',
  boundMs = BOUND_MS,
): Promise<void> {
  const end = Date.now() + boundMs
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`waited ${boundMs} ms for: ${what}\n${seen().slice(-2000)}`)
    await pause(20)
  }
}
