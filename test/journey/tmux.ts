import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { until } from './scene.ts'

/** A tmux server of its own, with one window in which a shell waits for commands. */
export class Tmux {
  readonly #socket: string
  readonly #env: NodeJS.ProcessEnv
  #opened = 0

  constructor(directory: string, env: NodeJS.ProcessEnv) {
    this.#socket = join(directory, 'tmux')
    // An interactive sh reads this file; some ignore a prompt of the environment.
    const profile = join(directory, 'profile')
    writeFileSync(profile, "PS1='$ '\n")
    this.#env = { ...env, TERM: 'xterm-256color', LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8', ENV: profile }
  }

  /** Opens a window of this size with an empty screen and history, and closes the one before. */
  async open(columns: number, rows: number): Promise<void> {
    const name = `w${++this.#opened}`
    const size = ['-x', String(columns), '-y', String(rows)]
    this.#run(
      '-f',
      '/dev/null',
      'new-session',
      '-d',
      '-s',
      name,
      ...size,
      'exec sh -i',
      ';',
      'set',
      '-g',
      'status',
      'off',
    )
    this.#run('resize-window', '-t', name, ...size)
    if (this.#opened > 1) this.#run('kill-session', '-t', `w${this.#opened - 1}`)
    await this.sees(text => text === '$')
  }

  type(text: string): void {
    this.#run('send-keys', '-t', this.#window, '-l', text)
  }

  enter(): void {
    this.#run('send-keys', '-t', this.#window, 'Enter')
  }

  /** The screen with its history, without blanks at the ends; `joined`: lines that the terminal broke are whole. */
  shown({ joined = false } = {}): string {
    const all = this.#run('capture-pane', '-p', '-S', '-', '-t', this.#window, ...(joined ? ['-J'] : []))
    return all.replaceAll(/[ \t]+$/gm, '').trimEnd()
  }

  /** Waits until the screen with its history is as wanted, and returns it. */
  async sees(isWanted: (text: string) => boolean): Promise<string> {
    let text = ''
    const look = async (): Promise<boolean> => {
      text = this.shown()
      if (isWanted(text)) return true
      // Each look is a process.
      await pause(100)
      return false
    }
    await until('the window to show what is wanted', look, () => text)
    return text
  }

  close(): void {
    if (this.#opened > 0) this.#run('kill-server')
  }

  get #window(): string {
    return `w${this.#opened}`
  }

  #run(...words: readonly string[]): string {
    return execFileSync('tmux', ['-S', this.#socket, ...words], { encoding: 'utf8', env: this.#env })
  }
}
