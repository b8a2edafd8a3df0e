import { createHash, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Scene, until } from './scene.ts'

const scene = new Scene()
const place = (name: string): string => join(scene.directory, name)

beforeAll(async () => {
  await scene.makeFleet({ 'inventory.yml': '"*": {level: staging}\n' })
  await scene.startMaster()
  for (const id of ['m1', 'm2', 'm3']) await scene.join(id)
})
afterAll(() => scene.close())

/** True while the process exists and is not a zombie. */
function isAlive(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

function pidsIn(file: string): readonly number[] {
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').filter(Boolean).map(Number) : []
}

it('master run on one minion returns unmodified output and the exit code', async () => {
  const script = 'printf "%s\\033[1m" "$1"; echo no >&2; exit 7'
  const said = await scene.run(['run', 'm1', '--', 'sh', '-c', script, 'x', '$HOME "q" `id`'])

  expect(said).toEqual({ code: 7, out: '$HOME "q" `id`\u001b[1m', err: 'no\n' })
})

it('master run exits with 128 plus the signal number, 127 for a missing program, and 124 for a timeout', async () => {
  const killed = await scene.run(['run', 'm1', '--', 'sh', '-c', 'kill -9 $$'])
  const missing = await scene.run(['run', 'm1', '--', 'no-such-program'])
  const slow = await scene.run(['run', 'm1', '--timeout', '1s', '--', 'sleep', '300'])

  expect(killed.code).toBe(137)
  expect(missing.code).toBe(127)
  expect(missing.err).toContain('PROGRAM_MISSING')
  expect(slow.code).toBe(124)
  expect(slow.err).toContain('PROGRAM_TIMEOUT')
})

it('master run passes 50 MB through cat in both directions without loss', async () => {
  const text = randomBytes(25 * 1024 * 1024).toString('hex')

  const { code, out } = await scene.run(['run', 'm1', '--', 'cat'], text)

  expect(code).toBe(0)
  const hash = (words: string): string => createHash('sha256').update(words).digest('hex')
  expect(out.length).toBe(text.length)
  expect(hash(out)).toBe(hash(text))
})

it('master run ends when the program ends, even if stdin is still open', async () => {
  expect(await scene.run(['run', 'm1', '--', 'head', '-c', '3'], 'abcdefgh'.repeat(100_000))).toMatchObject({
    code: 0,
    out: 'abc',
  })
})

it('master run kills the program and all of its children at the time limit', async () => {
  const file = place('timeout-pids')
  const script = `trap '' TERM; (trap '' TERM; sleep 300) & echo $! >> ${file}; echo $$ >> ${file}; wait`

  const { code } = await scene.run(['run', 'm1', '--timeout', '1s', '--', 'sh', '-c', script])

  expect(code).toBe(124)
  expect(pidsIn(file)).toHaveLength(2)
  for (const pid of pidsIn(file)) expect(isAlive(pid)).toBe(false)
})

it('master run ends the remote program on ctrl-C and when the CLI is killed', async () => {
  for (const signal of ['SIGINT', 'SIGKILL'] as const) {
    const file = place(`pids-${signal}`)
    const command = scene.begin(['run', 'm1', '--', 'sh', '-c', `sleep 300 & echo $! > ${file}; wait`])
    await until('the program runs', () => pidsIn(file).length === 1)

    command.kill(signal)

    const { code } = await command.done
    if (signal === 'SIGINT') expect(code).toBe(130)
    await until('the program is gone', () => pidsIn(file).every(pid => !isAlive(pid)))
  }
})

it('master run fails at once for an unknown minion', async () => {
  const unknown = await scene.run(['run', 'm9', '--', 'true'])

  expect(unknown.code).toBe(3)
  expect(unknown.err).toContain('TARGET_MATCHES_NOBODY')
})

it('master run reports that the minion was lost when it is killed, and the remote program ends', async () => {
  const file = place('lost-pids')
  const command = scene.begin(['run', 'm3', '--', 'sh', '-c', `echo $$ > ${file}; echo begun; sleep 300; true`])
  await until('the program runs and its word is here', () => command.soFar() === 'begun\n' && pidsIn(file).length === 1)

  await scene.kill('minion-m3')

  const { code, out, err } = await command.done
  expect(code).toBe(4)
  expect(out).toBe('begun\n')
  expect(err).not.toBe('')
  await until('the program is gone', () => pidsIn(file).every(pid => !isAlive(pid)))
  const started = Date.now()
  const offline = await scene.run(['run', 'm3', '--', 'true'])
  expect(offline.code).toBe(4)
  expect(offline.err).toContain('m3')
  expect(Date.now() - started).toBeLessThan(30_000)
  scene.startMinion('m3')
  await scene.here('m3')
})

it('master run on many minions groups equal output and exits with 1 when one fails', async () => {
  const file = place('only-one-may')
  const said = await scene.run(['run', 'm1 or m2', '--', 'sh', '-c', 'echo "\\033[32mup\\033[0m\\a"'])
  const failed = await scene.run(['run', '*', '--', 'mkdir', file])

  expect(said).toMatchObject({ code: 0 })
  expect(said.out).toBe('m1, m2  exit 0\n  up\\x07\n\n2 minions: 2 fine\n')
  expect(failed.code).toBe(1)
  expect(failed.out).toMatch(/m\d {2}exit 0 {2}no output\n\nm\d, m\d {2}exit 1\n {2}stderr:\n {2}mkdir: cannot create/)
})

it('master run on many minions sends the whole of stdin to each', async () => {
  const text = randomBytes(500_000).toString('hex')
  const hash = createHash('sha256').update(text).digest('hex')

  const { code, out } = await scene.run(['run', '*', '--', 'sha256sum'], text)

  expect(code).toBe(0)
  expect(out).toBe(`m1, m2, m3  exit 0\n  ${hash}  -\n\n3 minions: 3 fine\n`)
})

it('master run on many minions does not wait for a minion that does not read stdin', async () => {
  const script = `case $(cat /proc/$PPID/cmdline | tr "\\0" " ") in *minion-m1*) exit 0;; *) wc -c;; esac`
  const { code, out } = await scene.run(['run', 'm1 or m2', '--', 'sh', '-c', script], 'x'.repeat(3_000_000))

  expect(code).toBe(0)
  expect(out).toBe('m1  exit 0  no output\n\nm2  exit 0\n  3000000\n\n2 minions: 2 fine\n')
})

it('master run on many minions truncates output beyond the limit and says so', async () => {
  const { code, out } = await scene.run(['run', 'm1 or m2', '--', 'head', '-c', '3000000', '/dev/zero'])

  expect(code).toBe(0)
  expect(out).toMatch(/\.\.\. \d+ more bytes were dropped/)
})

it('master run --json on many minions prints one object per minion', async () => {
  const { code, out } = await scene.run(['--json', 'run', 'm1 or m2', '--', 'sh', '-c', 'echo a; echo b >&2; exit 3'])
  const answer = JSON.parse(out) as { readonly minions: readonly object[]; readonly offline: readonly string[] }

  expect(code).toBe(1)
  expect(answer.offline).toEqual([])
  const common = { exit: 3, encoding: 'text', stdout: 'a\n', stderr: 'b\n', cutBytes: 0, ms: expect.any(Number) }
  expect(answer.minions).toEqual([
    { minion: 'm1', ...common },
    { minion: 'm2', ...common },
  ])
})

it('master run on many minions lists offline minions at once and exits with 4', async () => {
  await scene.kill('minion-m3')
  await scene.away('m3')

  const { code, out } = await scene.run(['run', '*', '--', 'echo', 'up'])

  expect(code).toBe(4)
  expect(out).toBe('m1, m2  exit 0\n  up\n\nm3  offline\n\n3 minions: 2 fine, 1 unreachable\n')
  scene.startMinion('m3')
  await scene.here('m3')
})

it('master cp copies arbitrary bytes in both directions and verifies the hash', async () => {
  const [online, there, back] = ['here', 'there', 'back'].map(place) as [string, string, string]
  const data = randomBytes(3_000_000)
  writeFileSync(online, data, { mode: 0o640 })

  const put = await scene.run(['cp', online, `m1:${there}`])
  const got = await scene.run(['cp', `m1:${there}`, back])

  expect(put).toMatchObject({ code: 0, out: expect.stringContaining('3000000 bytes') })
  expect(got).toMatchObject({ code: 0 })
  expect(readFileSync(there).equals(data)).toBe(true)
  expect(readFileSync(back).equals(data)).toBe(true)
})

it('master cp copies into directories under the same name, and to stdout', async () => {
  mkdirSync(place('into/deep'), { recursive: true })
  writeFileSync(place('a.conf'), 'a = 1\n')

  await scene.must(['cp', place('a.conf'), `m1:${place('into')}/`])
  await scene.must(['cp', `m1:${place('into/a.conf')}`, place('into/deep')])
  const { out } = await scene.run(['cp', `m1:${place('into/deep/a.conf')}`, '-'])

  expect(out).toBe('a = 1\n')
})

it('master cp copies to and from all minions of a target, each file below the id of its minion', async () => {
  writeFileSync(place('to-many'), 'for all\n')

  const put = await scene.run(['cp', place('to-many'), `m1,m2:${place('from-many')}`])
  const got = await scene.run(['cp', `m1 m2:${place('from-many')}`, place('logs/')])
  const json = await scene.run(['--json', 'cp', `id=m2:${place('from-many')}`, place('logs/')])
  const out = await scene.run(['cp', `m1,m2:${place('from-many')}`, '-'])

  expect(put).toMatchObject({ code: 0, out: expect.stringMatching(/^m1 and m2 {2}\S+from-many: 8 bytes, SHA-256 /) })
  expect(put.out).toContain('2 minions: 2 copied\n')
  expect(got.out.match(/^\S+\/logs\/m[12]\/from-many: 8 bytes/gm)).toHaveLength(2)
  for (const id of ['m1', 'm2']) expect(readFileSync(place(`logs/${id}/from-many`), 'utf8')).toBe('for all\n')
  expect(JSON.parse(json.out)).toMatchObject({ copies: [{ minion: 'm2', size: 8 }], failed: [], offline: [] })
  expect(out).toMatchObject({ code: 2, err: expect.stringContaining('one file goes to stdout') })
})

it('master cp to several minions goes on when one fails, and groups equal failures', async () => {
  const said = await scene.run(['cp', `m1,m2:${place('not-there')}`, place('logs/')])

  expect(said.code).toBe(1)
  expect(said.out).toMatch(/^m1 and m2 {2}failed\n +FILE_UNREADABLE: /)
  expect(said.out).toContain('2 minions: 0 copied, 2 failed\n')
})

it('master cp reports errors of either side and keeps the existing file', async () => {
  writeFileSync(place('old'), 'old')

  const none = await scene.run(['cp', place('none'), `m1:${place('old')}`])
  const noneThere = await scene.run(['cp', `m1:${place('none')}`, place('old')])
  const directory = await scene.run(['cp', `m1:${scene.directory}`, place('old')])
  const many = await scene.run(['cp', 'm1:/etc/hosts', 'm2:/etc/hosts'])

  expect(none).toMatchObject({ code: 2, err: expect.stringContaining('it does not exist') })
  expect(noneThere).toMatchObject({ err: expect.stringContaining('it does not exist') })
  expect(noneThere.code).not.toBe(0)
  expect(directory.err).toContain('copy one regular file at a time')
  expect(many).toMatchObject({ code: 2, err: expect.stringContaining('both paths are on minions') })
  expect(readFileSync(place('old'), 'utf8')).toBe('old')
})
