import { stripVTControlCharacters } from 'node:util'
import { type IPty, spawn } from '@lydell/node-pty'
import { until } from './scene.ts'

export const KEYS = {
  tab: '\t',
  enter: '\r',
  up: '\u001b[A',
  ctrlC: '\u0003',
  ctrlD: '\u0004',
  ctrlL: '\u000c',
  ctrlZ: '\u001a',
} as const

/** A program in a real terminal, and its output. */
export class Terminal {
  readonly #pty: IPty
  #shown = ''
  #from = 0
  #code: number | undefined

  constructor(file: string, words: readonly string[], env: NodeJS.ProcessEnv, size = { cols: 120, rows: 40 }) {
    this.#pty = spawn(file, [...words], { ...size, name: 'xterm-256color', env, encoding: 'utf8' })
    this.#pty.onData(text => (this.#shown += text))
    this.#pty.onExit(({ exitCode }) => (this.#code = exitCode))
  }

  get pid(): number {
    return this.#pty.pid
  }

  /** All output, without colours and cursor movements. */
  get shown(): string {
    return stripVTControlCharacters(this.#shown).replaceAll('\r', '')
  }

  /** Raw output, including escapes. */
  get raw(): string {
    return this.#shown
  }

  type(keys: string): void {
    this.#from = this.shown.length
    this.#pty.write(keys)
  }

  /** Waits until the output since the last keys matches, and returns it. */
  async sees(what: string | RegExp): Promise<string> {
    const seen = (): string => this.shown.slice(this.#from)
    const matches = (): boolean => (typeof what === 'string' ? seen().includes(what) : what.test(seen()))
    await until(`the terminal to show ${String(what)}`, matches, () => this.shown)
    return seen()
  }

  /** Returns the exit code of the program, once it has ended. */
  async ends(): Promise<number> {
    await until(
      'the program in the terminal to end',
      () => this.#code !== undefined,
      () => this.shown,
    )
    return this.#code ?? -1
  }

  resize(cols: number, rows: number): void {
    this.#pty.resize(cols, rows)
  }

  close(): void {
    if (this.#code === undefined) this.#pty.kill('SIGKILL')
  }
}
