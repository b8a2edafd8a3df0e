import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, it, onTestFinished } from 'vitest'
import { execChannel } from '../../../minion/channel/exec.ts'
import { until } from '../../journey/scene.ts'
import { StreamPort } from './stream-port.ts'

const isRoot = process.getuid?.() === 0

async function run(
  argv: readonly string[],
  more: object = {},
  stdin = '',
): Promise<{ end: unknown; out: string; err: string }> {
  const port = new StreamPort()
  port.input.end(stdin)
  const { end, out, err } = await port.read(execChannel({ argv, ...more }, port))
  return { end, out: out.toString(), err }
}

async function freshDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'saltern-exec-test-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  return directory
}

/** True while the process exists and is not a zombie. */
async function isAlive(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  return stat !== '' && !/\) [ZX] /.test(stat)
}

/** Starts a process family that writes the pids of its members to files, and waits until they exist. */
async function family(
  script: string,
): Promise<{ port: StreamPort; done: Promise<unknown>; pids: () => Promise<number[]> }> {
  const directory = await freshDirectory()
  const port = new StreamPort()
  const done = execChannel({ argv: ['bash', '-c', script], cwd: directory, timeoutMs: 60_000 }, port)
  port.output.resume()
  port.errors.resume()
  const pids = async (): Promise<number[]> => {
    const text = await readFile(join(directory, 'pids'), 'utf8').catch(() => '')
    return text.split('\n').filter(Boolean).map(Number)
  }
  return { port, done, pids }
}

it('execChannel passes arguments unchanged and returns both outputs and the exit code', async () => {
  expect(await run(['sh', '-c', 'printf %s "$1"; echo no >&2; exit 7', 'x', '$HOME `id` "q"'])).toEqual({
    end: { exit: 7 },
    out: '$HOME `id` "q"',
    err: 'no\n',
  })
})

it('execChannel returns the signal that ended a program', async () => {
  expect((await run(['sh', '-c', 'kill -TERM $$'])).end).toEqual({ signal: 'SIGTERM' })
})

it('execChannel streams stdin to its end without buffering it', async () => {
  const port = new StreamPort()
  const reading = port.read(execChannel({ argv: ['sha256sum'] }, port))
  const hash = createHash('sha256')
  for (let piece = 0; piece < 64; piece += 1) {
    const bytes = randomBytes(64 * 1024)
    hash.update(bytes)
    port.input.write(bytes)
  }
  port.input.end()

  expect((await reading).out.toString()).toBe(`${hash.digest('hex')}  -\n`)
})

it('execChannel lets a program reopen its own outputs, such as /dev/stderr', async () => {
  expect(await run(['sh', '-c', 'echo a > /dev/stderr; echo b > /dev/stdout; echo c | tee /dev/stderr'])).toEqual({
    end: { exit: 0 },
    out: 'b\nc\n',
    err: 'a\nc\n',
  })
})

it('execChannel sets a clean environment and the home directory of the user', async () => {
  process.env['SALTERN_LEAK'] = 'secret'
  onTestFinished(() => void delete process.env['SALTERN_LEAK'])

  const { out } = await run(['sh', '-c', 'env | sort; pwd'], { env: { COLOUR: 'blue' } })

  expect(out).not.toContain('LEAK')
  expect(out).toMatch(/^COLOUR=blue\nHOME=/)
  const home = /HOME=(.*)/.exec(out)?.[1]
  expect(out.trimEnd().split('\n').at(-1)).toBe(home)
})

it.runIf(isRoot)(
  'execChannel runs as another user with all of their groups, and the program can reopen its outputs',
  async () => {
    const { end, out, err } = await run(['sh', '-c', 'id -un; id -Gn; echo "$USER $HOME"; echo e > /dev/stderr'], {
      user: 'nobody',
    })

    expect(end).toEqual({ exit: 0 })
    expect(out).toMatch(/^nobody\nnogroup\nnobody \//)
    expect(err).toBe('e\n')
  },
)

it.each([
  [['no-such-program'], {}, 'PROGRAM_MISSING', 'the program `no-such-program` does not exist on this host'],
  [['/etc/passwd'], {}, 'PROGRAM_MISSING', 'the program `/etc/passwd` cannot be executed on this host'],
  [['id'], { user: 'no-such-user' }, 'OWNER_UNKNOWN', 'this host has no user `no-such-user`'],
  [['id'], { user: '--help' }, 'OWNER_UNKNOWN', 'this host has no user `--help`'],
  [
    ['true', 'x'.repeat(200_000)],
    {},
    'EXEC_REFUSED',
    'the program cannot be started: its arguments are too long for this system',
  ],
  [['id'], { cwd: '/no/such/place' }, 'EXEC_REFUSED', '`/no/such/place` is not a directory on this host'],
])('execChannel explains why it cannot run %.40j %j', async (argv, more, code, message) => {
  expect((await run(argv, more)).end).toMatchObject({ problem: { code, message } })
})

it('execChannel passes signals to the whole process group and leaves nothing in the background', async () => {
  const { port, done, pids } = await family('sleep 300 & echo $! > pids; trap "exit 9" INT; wait')
  await until('the family runs', async () => (await pids()).length === 1)

  port.send('SIGINT')

  expect(await done).toEqual({ exit: 9 })
  for (const pid of await pids()) expect(await isAlive(pid)).toBe(false)
})

it('execChannel kills all descendants at the time limit, including those that ignore signals or changed their group', async () => {
  const directory = await freshDirectory()
  const script =
    'trap "" TERM; set -m; (trap "" TERM; sleep 300) & echo $! >> pids; bash -c "sleep 300 & echo \\$! >> pids; wait" & wait'
  await writeFile(join(directory, 'run.sh'), script)

  const { end } = await run(['bash', 'run.sh'], { cwd: directory, timeoutMs: 700 })

  expect(end).toMatchObject({ problem: { code: 'PROGRAM_TIMEOUT' } })
  const pids = (await readFile(join(directory, 'pids'), 'utf8')).trim().split('\n').map(Number)
  expect(pids).toHaveLength(2)
  for (const pid of pids) expect(await isAlive(pid)).toBe(false)
})

it('execChannel kills all descendants when the channel is closed', async () => {
  const { port, done, pids } = await family('sleep 300 & echo $! >> pids; sleep 300 & echo $! >> pids; wait')
  await until('the family runs', async () => (await pids()).length === 2)

  port.close()

  expect(await done).toMatchObject({ problem: { code: 'RUN_CANCELLED' } })
  for (const pid of await pids()) expect(await isAlive(pid)).toBe(false)
})

it('execChannel does not wait for a background process and lets it run', async () => {
  const directory = await freshDirectory()
  const { end, out } = await run(['sh', '-c', 'sleep 300 & echo $! | tee pids'], { cwd: directory })
  const pid = Number(out)
  onTestFinished(() => void process.kill(pid, 'SIGKILL'))

  expect(end).toEqual({ exit: 0 })
  expect(await isAlive(pid)).toBe(true)
})

it('execChannel loses no output when the operator reads slowly after the program ended', async () => {
  const port = new StreamPort()
  const done = execChannel({ argv: ['head', '-c', '60000', '/dev/zero'] }, port)
  await pause(2_500)

  const { out } = await port.read(done)

  expect(out.length).toBe(60_000)
})

it('execChannel does not wait for stdin that the program never reads', async () => {
  const port = new StreamPort()
  port.input.write(Buffer.alloc(1024 * 1024))

  const { end } = await port.read(execChannel({ argv: ['true'] }, port))

  expect(end).toEqual({ exit: 0 })
})
