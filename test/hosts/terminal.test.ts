import { afterAll, beforeAll, expect, test } from 'vitest'
import type { LabHost } from './lab/host.ts'
import { until } from './lab/until.ts'
import { type LabFleet, openLabFleet } from './lab-fleet.ts'

const INSTALL = ['apt-get', 'install', '-y', '--no-install-recommends']
const SEATS = ['tmux']
const PROGRAMS = ['vim', 'procps']
const BOUND_MS = 30_000
const FLOOD_BYTES = 100_000_000

let fleet: LabFleet
let desk: LabHost
let web1: LabHost

beforeAll(async () => {
  fleet = await openLabFleet({
    members: ['web1'],
    level: 'staging',
    files: { 'inventory.yml': 'web1: {level: staging}\n' },
    secrets: {},
    packages: [...SEATS, ...PROGRAMS],
    log: line => console.log(`terminal: ${line}`),
  })
  desk = fleet.master
  web1 = fleet.host('web1')
  const env = { DEBIAN_FRONTEND: 'noninteractive' }
  await Promise.all([
    desk.must([...INSTALL, ...SEATS], { env, timeoutMs: 300_000 }),
    web1.must([...INSTALL, ...PROGRAMS], { env, timeoutMs: 300_000 }),
  ])
})

afterAll(async () => {
  await fleet?.close()
})

/** A tmux window on the master in which `master ssh web1` was typed. */
class Window {
  readonly #name: string

  constructor(name: string) {
    this.#name = name
  }

  async open(): Promise<void> {
    const env = { LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8', TERM: 'xterm-256color' }
    const line = 'master ssh web1; echo "ended with $?"; exec sh'
    await desk.must(['tmux', 'new-session', '-d', '-s', this.#name, '-x', '90', '-y', '24', line], { env })
    await this.sees(/[#$] $/)
    await this.type("export LC_ALL=C.UTF-8 PS1='there> '; clear", 'Enter')
    await this.sees(/^there>/)
  }

  /** Types tmux keys: a text, or the name of a key. */
  async type(...keys: readonly string[]): Promise<void> {
    await desk.must(['tmux', 'send-keys', '-t', this.#name, ...keys])
  }

  async shown(): Promise<string> {
    return (await desk.must(['tmux', 'capture-pane', '-p', '-t', this.#name])).trimEnd()
  }

  async sees(what: RegExp): Promise<string> {
    return until(
      async () => {
        const shown = await this.shown()
        return what.test(`${shown} `) ? shown : undefined
      },
      { what: `the window to show ${String(what)}`, timeoutMs: BOUND_MS, everyMs: 100, evidence: () => this.shown() },
    )
  }

  async resize(columns: number, rows: number): Promise<void> {
    await desk.must(['tmux', 'resize-window', '-t', this.#name, '-x', String(columns), '-y', String(rows)])
  }

  async close(): Promise<void> {
    await desk.exec(['tmux', 'kill-session', '-t', this.#name])
  }
}

async function opened(name: string): Promise<Window> {
  const window = new Window(name)
  await window.open()
  return window
}

/** Lists processes on the minion by name, without zombies. */
async function running(pattern: string): Promise<string> {
  const { stdout } = await web1.exec(['pgrep', '--runstates', 'RSDTI', '-af', pattern])
  return stdout.trim()
}

test('a terminal on a minion runs vim with UTF-8 and follows changes of the window size', async () => {
  const window = await opened('vim')

  await window.type('vim -u NONE -N /root/text', 'Enter')
  await window.sees(/"~\/text" \[New\]/)
  await window.type('i', 'grüße, ñ, 漢字 und 🦆', 'Escape')
  await window.resize(60, 18)
  await window.sees(/grüße, ñ, 漢字 und 🦆/)
  await window.type(':set lines? columns?', 'Enter')
  await window.sees(/lines=18\s+columns=60/)
  await window.type('Enter')
  await window.type(':wq', 'Enter')
  await window.sees(/there>\s*$/)

  expect(await web1.readFile('/root/text')).toBe('grüße, ñ, 漢字 und 🦆\n')
  await window.type('exit 3', 'Enter')
  await window.sees(/ended with 3/)
  await window.close()
})

test('a terminal on a minion runs top and passes ctrl-C and ctrl-Z', async () => {
  const window = await opened('top')

  await window.type('top -d 1', 'Enter')
  await window.sees(/load average:[\s\S]*PID USER/)
  await window.type('q')
  await window.sees(/there>\s*$/)
  await window.type('clear; sleep 4001', 'Enter')
  await until(async () => ((await running('^sleep 4001')) === '' ? undefined : true), {
    what: 'sleep to run',
    timeoutMs: BOUND_MS,
  })
  await window.type('C-c')
  await window.sees(/\^C\s+there>\s*$/)
  expect(await running('^sleep 4001')).toBe('')
  await window.type('clear; sleep 4002', 'Enter')
  await until(async () => ((await running('^sleep 4002')) === '' ? undefined : true), {
    what: 'sleep to run',
    timeoutMs: BOUND_MS,
  })
  await window.type('C-z')
  await window.sees(/Stopped\s+sleep 4002/)
  await window.type('kill %1; exit', 'Enter')
  await window.sees(/ended with|there>/)
  await window.close()
})

test('a terminal on a minion that prints 100 MB does not block other requests', async () => {
  const flood = fleet.run(['run', 'web1', '--', 'sh', '-c', `yes | head -c ${FLOOD_BYTES}`])
  let isOver = false
  const over = flood.finally(() => {
    isOver = true
  })
  const ms: number[] = []
  while (!isOver && ms.length < 20) {
    const { answer } = await fleet.ask<{ readonly answers: readonly { readonly ms: number }[] }>(['ping', 'web1'])
    ms.push(answer.answers[0]?.ms ?? Number.POSITIVE_INFINITY)
  }
  const { stdout, exitCode } = await over

  ms.sort((a, b) => a - b)
  console.log(`terminal: pings while 100 MB flow: ${ms.map(value => value.toFixed(1)).join(' ')} ms`)
  expect(exitCode).toBe(0)
  expect(stdout.length).toBe(FLOOD_BYTES)
  expect(ms.length).toBeGreaterThan(0)
  expect(ms[Math.floor(ms.length / 2)]).toBeLessThan(100)
})

test('after a kill of the master a terminal leaves no process on the minion, and its output so far can be played back', async () => {
  const window = await opened('killed')
  await window.type('sh -c "trap \'\' HUP TERM; sleep 4003; true" &', 'Enter')
  await window.type('echo "seen by $(hostname)"; sleep 4004', 'Enter')
  await until(async () => ((await running('sleep 400[34]')).split('\n').length >= 3 ? true : undefined), {
    what: 'both to run',
    timeoutMs: BOUND_MS,
  })
  // Output of the last fifth of a second may be lost with the master.
  await until(
    async () => {
      const { exitCode } = await desk.exec(['grep', '-rqF', 'seen by web1', '/var/lib/saltern/master/recordings'])
      return exitCode === 0 ? true : undefined
    },
    { what: 'the recording to have what was shown', timeoutMs: BOUND_MS },
  )

  await desk.must(['systemctl', 'kill', '--signal=SIGKILL', 'saltern-master'])

  await until(async () => ((await running('sleep 400[34]')) === '' ? true : undefined), {
    what: 'nothing of the session to be left on the minion',
    timeoutMs: BOUND_MS,
    evidence: () => running('.'),
  })
  await window.sees(/SESSION_LOST[\s\S]*ended with 4/)
  await window.close()
  await fleet.allHere()
  const { answer } = await fleet.ask<{
    readonly sessions: readonly { readonly session: string; readonly verb: string }[]
  }>(['sessions', 'list'])
  const mine = answer.sessions.filter(({ verb }) => verb === 'ssh')
  expect(mine).toHaveLength(3)
  const played = await Promise.all(mine.map(({ session }) => fleet.must(['sessions', 'play', session, '--cast'])))
  // vim draws typed text key by key, with cursor movements in between.
  expect(played.some(text => text.includes('[New]') && text.includes('漢') && text.includes('🦆'))).toBe(true)
  expect(played.some(text => text.includes('seen by web1'))).toBe(true)
})
