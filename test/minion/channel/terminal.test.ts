import { execFileSync } from 'node:child_process'
import { expect, it, onTestFinished } from 'vitest'
import { execChannel } from '../../../minion/channel/exec.ts'
import { openPty } from '../../../minion/channel/pty.ts'
import { terminalChannel } from '../../../minion/channel/terminal.ts'
import { heldTerminals } from '../../../minion/system/held-terminals.ts'
import { spawnProgram } from '../../../minion/system/spawn.ts'
import { StreamPort } from './stream-port.ts'

/** Keeps another user at a terminal for the duration of the test. */
function somebodyElse(): void {
  const env = { PATH: process.env['PATH'] ?? '', TERM: 'dumb' }
  const pty = openPty({ argv: ['sleep', '60'], cwd: '/', env, columns: 80, rows: 24 })
  pty.stream.on('error', () => undefined)
  onTestFinished(async () => {
    process.kill(pty.pid, 'SIGKILL')
    await pty.exited
    pty.stream.destroy()
  })
}

const LOOK = ['ls', '-l', '/proc/self/fd']

it('a terminal is held by its own process only and is not inherited by programs of other sessions', async () => {
  somebodyElse()
  somebodyElse()
  expect(heldTerminals()).toHaveLength(2)

  const [exec, terminal] = [new StreamPort(), new StreamPort()]
  exec.input.end()
  const request = { kind: 'terminal', columns: 200, rows: 24, term: 'dumb', argv: LOOK } as const
  const seen = [
    await exec.read(execChannel({ argv: LOOK }, exec)),
    await terminal.read(terminalChannel(request, terminal)),
  ].map(({ end, out }) => ({ end, out: out.toString() }))
  const { exitCode, stdout } = await spawnProgram(LOOK)
  seen.push({ end: { exit: exitCode }, out: stdout })

  expect(execFileSync(LOOK[0] ?? '', LOOK.slice(1), { encoding: 'utf8' })).toContain('ptmx')
  for (const { end, out } of seen) {
    expect(end).toEqual({ exit: 0 })
    expect(out).toContain(' 2 -> ')
    expect(out).not.toContain('ptmx')
  }
})
