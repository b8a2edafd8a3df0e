import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import type { RunRow } from '../../master/jobs/results.ts'
import type { SessionLine } from '../../master/verbs/sessions.ts'
import { commandLines } from './command-lines.ts'
import { PROGRAM, Scene, until } from './scene.ts'
import { Terminal } from './terminal.ts'

/** Threat 29: a revoked minion loses access, whatever it is doing. */

const scene = new Scene()
const terminals: Terminal[] = []

const STATES = `mark:
  cmd.run: {cmd: [touch, "${scene.out}/{{minion.id}}.began"]}
wait:
  cmd.run: {cmd: "while [ ! -e ${scene.out}/go ]; do sleep 0.05; done", shell: true, require: [{cmd: mark}]}
end:
  cmd.run: {cmd: [sh, -c, "echo end >> ${scene.out}/{{minion.id}}.ended"], require: [{cmd: wait}]}
`

beforeAll(async () => {
  await scene.makeFleet({
    'roles/demo/role.yml': 'summary: takes its time\n',
    'roles/demo/states.yml': STATES,
    'inventory.yml': '"m*": {roles: [demo], level: staging}\n',
  })
  await scene.startMaster()
  for (const id of ['m1', 'm2']) await scene.join(id)
})
afterEach(() => {
  for (const terminal of terminals.splice(0)) terminal.close()
})
afterAll(() => scene.close())

const file = (name: string): string => join(scene.out, name)
const refusals = (id: string): number => scene.log(`minion-${id}`).split('HANDSHAKE_REFUSED').length - 1

/** Lists the states of its runs, newest first. */
async function runsOf(minion: string): Promise<readonly string[]> {
  const { jobs } = JSON.parse(await scene.must(['--json', 'jobs'])) as { readonly jobs: readonly { job: string }[] }
  const shown = await Promise.all(jobs.map(({ job }) => scene.must(['--json', 'jobs', job])))
  const runs = shown.flatMap(text => (JSON.parse(text) as { readonly runs: readonly RunRow[] }).runs)
  return runs.filter(run => run.minion === minion).map(({ state }) => state)
}

it('revoking a minion ends its job and terminal session, and waiting clients are told at once', async () => {
  const terminal = new Terminal(process.execPath, [PROGRAM, 'ssh', 'm1', '--', 'sleep', '4711'], scene.env)
  terminals.push(terminal)
  const going = scene.begin(['apply', 'm1'])
  await until('the job is under way', () => existsSync(file('m1.began')))
  const queued = scene.begin(['apply', 'm1', '--wait', '1h'])
  await until('the other one waits', async () => (await runsOf('m1')).length === 2)
  await until(
    'the program of the session runs',
    () => isRunning('sleep 4711'),
    () => terminal.shown,
  )

  await scene.must(['keys', 'revoke', 'm1'])
  const [first, second] = await Promise.all([going.done, queued.done])

  for (const said of [first, second])
    expect([said.code, said.out + said.err]).toEqual([1, expect.stringContaining('KEY_REVOKED')])
  expect(await terminal.ends()).not.toBe(0)
  expect(terminal.shown).toContain('SESSION_LOST')
  await until('the program of the session is gone', () => !isRunning('sleep 4711'))
  const { sessions } = JSON.parse(await scene.must(['--json', 'sessions'])) as { sessions: SessionLine[] }
  expect(sessions[0]).toMatchObject({
    minion: 'm1',
    verb: 'ssh',
    recording: 'kept',
    problem: { code: 'SESSION_LOST' },
  })
  expect(await runsOf('m1')).toEqual(['failed', 'failed'])
})

it('a revoked minion finishes what it had started, but its connections are refused', async () => {
  await until('it knocks again', () => refusals('m1') >= 2)
  writeFileSync(file('go'), '')
  await until('it has gone on', () => existsSync(file('m1.ended')))

  expect((await scene.run(['ping', 'm1'])).code).toBe(3)
  expect((await scene.run(['ssh', 'm1'])).code).not.toBe(0)
  expect(await runsOf('m1')).toEqual(['failed', 'failed'])
})

it('a minion that is revoked while it is offline is refused when it comes back', async () => {
  await scene.kill('minion-m2')
  await scene.away('m2')
  const queued = scene.begin(['apply', 'm2', '--wait', '1h'])
  await until('an order waits for it', async () => (await runsOf('m2')).includes('queued'))
  await scene.must(['keys', 'revoke', 'm2'])
  expect((await queued.done).out + (await queued.done).err).toContain('KEY_REVOKED')

  scene.startMinion('m2')
  await until('it is refused', () => refusals('m2') >= 1)

  expect((await scene.run(['ping', 'm2'])).code).toBe(3)
  expect(existsSync(file('m2.began'))).toBe(false)
})

it('a host that joins under the id of a revoked minion gets none of its orders or reported data', async () => {
  await scene.kill('minion-m2')
  rmSync(scene.minionState('m2'), { recursive: true })
  await scene.join('m2')

  expect(await scene.must(['minions', 'm2'])).toContain('m2')
  expect(existsSync(file('m2.began'))).toBe(false)
  expect(readFileSync(file('m1.ended'), 'utf8')).toBe('end\n')
  expect((await scene.run(['apply', 'm2'])).code).toBe(0)
  expect(readFileSync(file('m2.ended'), 'utf8')).toBe('end\n')
})

function isRunning(words: string): boolean {
  return commandLines().some(line => line.startsWith(words))
}
