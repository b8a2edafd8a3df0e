import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished, vi } from 'vitest'
import { tailOf } from '../../../minion/system/program-output.ts'
import { spawnProgram } from '../../../minion/system/spawn.ts'
import type { AppError } from '../../../protocol/errors.ts'
import { Secret } from '../../../protocol/secret.ts'

const FAMILY = ['sh', '-c', 'sleep 300 & echo $!; wait']

/** True while a process with this id exists and is not a zombie. */
async function isAlive(pid: number): Promise<boolean> {
  const { stdout } = await spawnProgram(['ps', '-o', 'stat=', '-p', String(pid)])
  return stdout.trim() !== '' && !stdout.startsWith('Z')
}

async function commandOf(pid: number): Promise<string> {
  return (await spawnProgram(['ps', '-o', 'comm=', '-p', String(pid)])).stdout.trim()
}

it('spawnProgram passes arguments unchanged, without a shell', async () => {
  const { stdout } = await spawnProgram(['printf', '%s', '$HOME; `id` "x"'])

  expect(stdout).toBe('$HOME; `id` "x"')
})

it('spawnProgram gives a program a clean environment and its secrets through stdin and env', async () => {
  const secret = new Secret('from-stdin', 'a.b')

  const { stdout } = await spawnProgram(['sh', '-c', 'env | sort; cat'], {
    stdin: secret,
    env: { TOKEN: new Secret('from-env', 'a.c') },
  })

  expect(stdout).toContain('LC_ALL=C.UTF-8\n')
  expect(stdout).toContain('TOKEN=from-env\n')
  expect(stdout).toMatch(/from-stdin$/)
  expect(stdout).not.toContain('VITEST')
})

it('spawnProgram returns the exit code and both outputs', async () => {
  expect(await spawnProgram(['sh', '-c', 'echo out; echo err >&2; exit 7'])).toEqual({
    exitCode: 7,
    stdout: 'out\n',
    stderr: 'err\n',
  })
})

it('spawnProgram truncates long output to its end and lets the program finish', async () => {
  const { exitCode, stdout } = await spawnProgram([
    'sh',
    '-c',
    'head -c 20000000 /dev/zero | tr "\\0" x; echo; echo end; exit 3',
  ])

  expect(exitCode).toBe(3)
  expect(stdout).toMatch(/^\.\.\. \d+ bytes left out \.\.\.\nx/)
  expect(stdout.endsWith('x\nend\n')).toBe(true)
  expect(stdout.length).toBeLessThan(17_000_000)
})

it('spawnProgram names a missing program', async () => {
  await expect(spawnProgram(['saltern-no-such-program'])).rejects.toThrow(
    'the program `saltern-no-such-program` does not exist on this host',
  )
})

it('spawnProgram returns when the program ends, even if a background child keeps its pipes open', async () => {
  const { stdout, exitCode } = await spawnProgram(['sh', '-c', 'setsid sleep 300 & echo $!'], { timeoutMs: 20_000 })
  const child = Number(stdout)

  try {
    expect(exitCode).toBe(0)
    expect(await isAlive(child)).toBe(true)
  } finally {
    process.kill(child, 'SIGKILL')
  }
})

it('spawnProgram keeps a background child alive that writes to the pipe after the program ended', async () => {
  const { stdout } = await spawnProgram(['sh', '-c', '(sleep 0.5; seq 100000; exec sleep 300) & echo $!'])
  const child = Number(stdout)

  try {
    // It becomes `sleep 300` only after all its output was written.
    await vi.waitUntil(async () => (await commandOf(child)) === 'sleep', { timeout: 20_000 })
  } finally {
    process.kill(child, 'SIGKILL')
  }
})

it('spawnProgram kills at a timeout also a child that left its session and cleared its environment', async () => {
  const marker = `${301 + process.pid / 1e7}`
  const argv = ['sh', '-c', `setsid env -i sleep ${marker} & setsid sh -c "sleep ${marker} & wait" & wait`]

  await expect(spawnProgram(argv, { timeoutMs: 500 })).rejects.toThrow('did not end within 0.5 s')

  const { stdout } = await spawnProgram(['pgrep', '-f', '-x', `sleep ${marker}`])
  expect(
    await Promise.all(
      stdout
        .split('\n')
        .filter(Boolean)
        .map(pid => isAlive(Number(pid))),
    ),
  ).not.toContain(true)
})

it('spawnProgram passes environment variables whose names are not valid in a shell', async () => {
  const { stdout } = await spawnProgram(['env'], { env: { 'server.port': '80' } })

  expect(stdout).toContain('server.port=80\n')
})

it('spawnProgram suggests a longer timeout than the one that expired', async () => {
  const failed = spawnProgram(['sleep', '60'], { timeoutMs: 600 }).catch((error: AppError) => error.problems[0].hint)

  expect(await failed).toBe('Give the state more time: `timeout: 2`.')
})

it('spawnProgram returns the signal that ended a program', async () => {
  expect(await spawnProgram(['sh', '-c', 'kill -SEGV $$'])).toMatchObject({ exitCode: 128, signal: 'SIGSEGV' })
})

it('spawnProgram names a working directory that is missing or a file, and not the program', async () => {
  await expect(spawnProgram(['pwd'], { cwd: '/nonexistent/dir' })).rejects.toThrow(
    'the working directory `/nonexistent/dir` does not exist',
  )
  await expect(spawnProgram(['pwd'], { cwd: '/etc/passwd' })).rejects.toThrow(
    'the working directory `/etc/passwd` is not a directory',
  )
})

it('spawnProgram says why an existing file cannot be executed', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'saltern-spawn-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const make = (name: string, text: string, mode: number): string => {
    writeFileSync(join(directory, name), text, { mode })
    return join(directory, name)
  }
  const reasons = {
    [make('crlf', '#!/bin/sh\r\necho\r\n', 0o755)]: 'which ends with a carriage return',
    [make('lost', '#!/opt/none/perl\n', 0o755)]: 'names the interpreter `/opt/none/perl`',
    [make('plain', '#!/bin/sh\n', 0o644)]: 'is not executable',
    [directory]: 'is a directory',
  }

  for (const [file, reason] of Object.entries(reasons)) await expect(spawnProgram([file])).rejects.toThrow(reason)
})

it('spawnProgram kills a program with all of its children at a timeout', async () => {
  const marker = `${300 + process.pid / 1e7}`
  const argv = ['sh', '-c', `sleep ${marker} & wait`]

  await expect(spawnProgram(argv, { timeoutMs: 300 })).rejects.toThrow(
    '`sh` did not end within 0.3 s and was killed together with all processes that it started',
  )

  const { stdout } = await spawnProgram(['pgrep', '-f', '-x', `sleep ${marker}`])
  const left = await Promise.all(
    stdout
      .split('\n')
      .filter(Boolean)
      .map(pid => isAlive(Number(pid))),
  )
  expect(left).not.toContain(true)
})

it('spawnProgram kills the program on abort and says that the run was cancelled', async () => {
  const cancel = new AbortController()
  const running = spawnProgram(FAMILY, { signal: cancel.signal })

  cancel.abort()

  await expect(running).rejects.toThrow('`sh` was stopped: the run was cancelled')
})

it('tailOf keeps the end of a long text and says how much was left out', () => {
  expect(tailOf('abcdef', 6)).toBe('abcdef')
  expect(tailOf('abcdefgh', 3)).toBe('... 5 characters left out ...\nfgh')
})
