import { once } from 'node:events'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { SessionLine } from '../../master/verbs/sessions.ts'
import type { Finished } from './lab/program.ts'
import { until } from './lab/until.ts'
import { type LabFleet, MASTER, openLabFleet } from './lab-fleet.ts'

const RECORDINGS = `${MASTER.state}/recordings`
const CANARY = 'hunter2-canary-of-web1'

let fleet: LabFleet

beforeAll(async () => {
  fleet = await openLabFleet({
    members: ['web1'],
    level: 'staging',
    files: {
      'inventory.yml': 'web1: {level: staging}\n',
      'pillar/top.yml': '- {match: id=web1, files: [web]}\n',
      'pillar/web.yml': '',
    },
    secrets: { web: { 'app.password': CANARY } },
    log: line => console.log(`recordings: ${line}`),
  })
})

afterAll(async () => {
  await fleet?.close()
})

/**
 * Runs `master ssh web1` in a terminal of its own without typing anything. The keyboard stays open: at its end `script` types
 * ctrl-D, which the kernel hands over as a NUL byte once the terminal is raw, and the terminal of the minion echoes it as `^@`
 * if the program still runs.
 */
async function session(script: string): Promise<Pick<Finished, 'exitCode' | 'stdout'>> {
  const words = `master ssh web1 -- sh -c '${script}'`
  const child = fleet.master.spawn(['script', '--quiet', '--return', '--command', words, '/dev/null'])
  const shown: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => shown.push(chunk))
  child.stderr.resume()
  const [exitCode] = (await once(child, 'close')) as [number | null]
  return { exitCode: exitCode ?? 128, stdout: Buffer.concat(shown).toString('utf8') }
}

/** Returns the newest session, once it has ended. */
async function last(): Promise<SessionLine> {
  return until(
    async () => {
      const { answer } = await fleet.ask<{ readonly sessions: readonly SessionLine[] }>(['sessions', '--limit', '1'])
      const [line] = answer.sessions
      return line?.endedAt === undefined ? undefined : line
    },
    { what: 'the session to be told of', timeoutMs: 20_000 },
  )
}

test('recordings contain the session output without secrets of the minion, and only authorized users can read them', async () => {
  const { exitCode, stdout } = await session(`echo first; echo ${CANARY} | base64; echo ${CANARY}; exit 3`)
  const line = await last()

  expect(exitCode).toBe(3)
  expect(stdout).toContain(CANARY)
  expect(line).toMatchObject({ minion: 'web1', exit: 3, recording: 'kept', cut: false })
  expect(await fleet.must(['sessions', 'play', line.session, '--plain'])).toMatch(/^first\n\*\*\*\S{0,4}\n\*\*\*\n$/)
  const found = await fleet.master.exec(['grep', '-rl', CANARY, MASTER.state])
  expect(found.stdout).toBe('')
  const modes = await fleet.master.must(['stat', '-c', '%a', RECORDINGS, `${RECORDINGS}/${line.session}.cast`])
  expect(modes).toBe('700\n600\n')
})

test('a full disk truncates the recording, and the session continues', async () => {
  await fleet.master.must(['mount', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', RECORDINGS])
  try {
    const { exitCode, stdout } = await session('seq 1 400000; exit 4')
    const line = await last()

    expect(exitCode).toBe(4)
    expect(stdout.trimEnd().endsWith('400000')).toBe(true)
    expect(stdout.length).toBeGreaterThan(2_500_000)
    expect(line).toMatchObject({ exit: 4, recording: 'kept', cut: true })
    expect(await fleet.must(['sessions', 'play', line.session, '--plain'])).toMatch(/1\n2\n3\n/)
    expect(await fleet.must(['sessions'])).toContain('kept, cut')

    await fleet.master.exec(['sh', '-c', `cat /dev/zero > ${RECORDINGS}/filler`])
    expect((await session('echo on; exit 5')).exitCode).toBe(5)
    const none = await last()
    expect(none).toMatchObject({ exit: 5, recording: 'lost', cut: true })
    const said = await fleet.run(['sessions', 'play', none.session])
    expect([said.exitCode, said.stderr]).toEqual([2, expect.stringContaining('RECORDING_NONE')])
  } finally {
    await fleet.master.must(['umount', RECORDINGS])
  }
})

test('recordings are deleted when they exceed the retention age, and the session list says so', async () => {
  await session('echo old')
  const { session: id } = await last()
  const path = `${RECORDINGS}/${id}.cast`
  await fleet.master.must(['touch', '-d', '2 hours ago', path])
  await fleet.master.writeFile('/etc/saltern/master.yml', 'recordings: {keep: 1h, size: 100M}\n')
  await fleet.master.must(['systemctl', 'restart', 'saltern-master'])
  await fleet.allHere()

  await until(
    async () => {
      const { answer } = await fleet.ask<SessionLine>(['sessions', 'show', id])
      return answer.recording === 'expired' ? true : undefined
    },
    { what: 'the recording to expire', timeoutMs: 20_000 },
  )
  expect((await fleet.master.exec(['test', '-e', path])).exitCode).toBe(1)
  expect((await fleet.run(['sessions', 'play', id])).stderr).toContain('was removed because it was too old')
})
