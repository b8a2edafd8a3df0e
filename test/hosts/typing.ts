import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { stripVTControlCharacters } from 'node:util'
import { until } from './lab/until.ts'

const BOUND_MS = 60_000

/** A user at a program on a pseudo-terminal; collects the output without colours and cursor movements. */
export class Typing {
  readonly #child: ChildProcessWithoutNullStreams
  #shown = ''
  #from = 0

  constructor(child: ChildProcessWithoutNullStreams) {
    this.#child = child
    for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => (this.#shown += String(chunk)))
    child.stdin.on('error', () => undefined)
  }

  get shown(): string {
    return stripVTControlCharacters(this.#shown).replaceAll('\r', '')
  }

  type(keys: string): void {
    this.#from = this.shown.length
    this.#child.stdin.write(keys)
  }

  /** Waits until the output since the last keys matches, and returns it. */
  async sees(what: RegExp): Promise<string> {
    const seen = (): string => this.shown.slice(this.#from)
    await until(async () => (what.test(seen()) ? true : undefined), {
      what: `the terminal to show ${String(what)}`,
      timeoutMs: BOUND_MS,
      evidence: () => this.shown.slice(-2000),
    })
    return seen()
  }

  async ends(): Promise<number | null> {
    await until(async () => (this.#child.exitCode === null && this.#child.signalCode === null ? undefined : true), {
      what: 'the program to end',
      timeoutMs: BOUND_MS,
      evidence: () => this.shown.slice(-2000),
    })
    return this.#child.exitCode
  }

  close(): void {
    this.#child.kill('SIGKILL')
  }
}
