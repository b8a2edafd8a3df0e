import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join, resolve } from 'node:path'
import { PROJECT } from './scene.ts'

/** A block of commands, with the exit code that the page announces and the output that it shows. */
export interface ShellBlock {
  readonly commands: string
  readonly exit: number
  readonly output: string | undefined
}

/** The actual result of a block. `failed` lists failed commands before the last one. */
export interface Typed {
  readonly exit: number
  readonly failed: readonly string[]
  readonly out: string
  readonly err: string
}

/** Reads the `sh` blocks of a page below docs/; a `text` block directly after one is its output. */
export function shellBlocks(page: string): readonly ShellBlock[] {
  const text = readFileSync(resolve(PROJECT, 'docs', page), 'utf8')
  const block = /^```sh(?: exit=(\d+))?\n(.*?)^```$(?:\n\n```text\n(.*?)^```$)?/gms
  return [...text.matchAll(block)].map(([, exit = '0', commands = '', output]) => ({
    commands,
    exit: Number(exit),
    output,
  }))
}

/** Finds a free loopback port. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** One interactive-like bash that types the blocks of a page in order, in a home of its own. */
export class PageShell {
  readonly home = mkdtempSync(join(tmpdir(), 'saltern-page-'))
  readonly #bash = spawn('bash', ['--norc'], {
    cwd: PROJECT,
    env: { ...process.env, HOME: this.home, NO_COLOR: '1' },
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  })
  #shown = ''
  #blocks = 0

  constructor() {
    this.#bash.stdout.on('data', chunk => (this.#shown += String(chunk)))
    // As in a terminal: a background job has its own process group, and aliases are expanded.
    this.#bash.stdin.write('set -m; shopt -s expand_aliases\n')
  }

  async type(commands: string): Promise<Typed> {
    const file = join(this.home, `.block-${++this.#blocks}`)
    writeFileSync(file, commands)
    writeFileSync(`${file}.failed`, '')
    const trap = `trap 'printf "%s\\n" "$BASH_COMMAND" >>${file}.failed' ERR`
    const ends = `ended ${this.#blocks} `
    this.#bash.stdin.write(
      `${trap}; source ${file} </dev/null >${file}.out 2>${file}.err; code=$?; trap - ERR; echo "${ends}$code"\n`,
    )
    const pattern = new RegExp(`^${ends}(\\d+)$`, 'm')
    while (!pattern.test(this.#shown)) await once(this.#bash.stdout, 'data')
    const exit = Number(pattern.exec(this.#shown)?.[1])
    const read = (ending: string): string => readFileSync(`${file}.${ending}`, 'utf8')
    return { exit, failed: read('failed').split('\n').filter(Boolean), out: read('out'), err: read('err') }
  }

  /** Normalizes the output to that of a user named anna: what differs from run to run gets a fixed form. */
  lasting(text: string): readonly string[] {
    const group = execFileSync('id', ['-gn'], { encoding: 'utf8' }).trim()
    return text
      .replaceAll(this.home, '/home/anna')
      .replaceAll(`${userInfo().username}:${group}`, 'anna:anna')
      .replaceAll(/\b\d+(?:\.\d+)? m?s\b/g, 'DURATION')
      .replaceAll(/\b\d+ roles\b/g, 'ROLES')
      .replaceAll(/\bjob-\w{26}\b/g, 'JOB')
      .replaceAll(/\bfleet [\da-f]{12}\b/g, 'REVISION')
      .split('\n')
      .map(line => line.replaceAll(/ +/g, ' ').trim())
      .filter(line => line !== '')
  }

  /** Ends the shell and all its remaining background jobs. */
  async close(): Promise<void> {
    const ended = once(this.#bash, 'close')
    this.#bash.stdin.end('for group in $(jobs -p); do kill -KILL -- -$group; done; exit\n')
    await ended
    rmSync(this.home, { recursive: true, force: true })
  }
}
