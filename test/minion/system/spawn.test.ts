import { describe, expect, it } from 'vitest'
import { spawnProgram, tailOf } from '../../../minion/system/spawn.ts'
import { Secret } from '../../../protocol/secret.ts'

const FAMILY = ['sh', '-c', 'sleep 300 & echo $!; wait']

/** True while a process of this id is there and no zombie. */
async function isAlive(pid: number): Promise<boolean> {
  const { stdout } = await spawnProgram(['ps', '-o', 'stat=', '-p', String(pid)])
  return stdout.trim() !== '' && !stdout.startsWith('Z')
}

describe('spawnProgram', () => {
  it('hands words over as they are, without a shell', async () => {
    const { stdout } = await spawnProgram(['printf', '%s', '$HOME; `id` "x"'])

    expect(stdout).toBe('$HOME; `id` "x"')
  })

  it('gives a program a clean environment and its secrets by stdin and env', async () => {
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

  it('tells an exit code and both outputs', async () => {
    expect(await spawnProgram(['sh', '-c', 'echo out; echo err >&2; exit 7'])).toEqual({
      exitCode: 7,
      stdout: 'out\n',
      stderr: 'err\n',
    })
  })

  it('cuts what a program says too much, keeps the end, and lets the program end by itself', async () => {
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

  it('says which program is missing', async () => {
    await expect(spawnProgram(['saltern-no-such-program'])).rejects.toThrow(
      'the program `saltern-no-such-program` does not exist on this host',
    )
  })

  it('on time-out kills the program with all that it had started', async () => {
    const marker = `${300 + process.pid / 1e7}`
    const argv = ['sh', '-c', `sleep ${marker} & wait`]

    await expect(spawnProgram(argv, { timeoutMs: 300 })).rejects.toThrow(
      '`sh` did not end within 0.3 s and was killed with all it had started',
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

  it('on abort kills the program and says that the run was cancelled', async () => {
    const cancel = new AbortController()
    const running = spawnProgram(FAMILY, { signal: cancel.signal })

    cancel.abort()

    await expect(running).rejects.toThrow('`sh` was ended: the run was cancelled')
  })
})

describe('tailOf', () => {
  it('keeps the end of a long text and says how much is left out', () => {
    expect(tailOf('abcdef', 6)).toBe('abcdef')
    expect(tailOf('abcdefgh', 3)).toBe('... 5 characters left out ...\nfgh')
  })
})
