import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { RunbookListResult, RunbookResult } from '../../master/verbs/runbook.ts'
import { Scene, until } from './scene.ts'

const scene = new Scene()
const at = (name: string): string => join(scene.out, name)
const content = (name: string): string => readFileSync(at(name), 'utf8').trim()

const moveYml = (): string => `summary: moves the leader
params:
  to: {type: minion, help: who leads}
  word: {default: hello}
steps:
  - name: "{{params.to.id}} is a worker"
    require: "{{and (includes params.to.roles 'worker') (ne params.to.id holders.leader.id)}}"
  - name: ask
    confirm: "Make {{params.to.id}} the leader in place of {{holders.leader.id}}?"
  - name: the old one stops
    on: "{{holders.leader.id}}"
    run: [tee, "${at('stopped')}"]
    stdin: "yes"
    register: stopped
    undo: {run: [rm, -f, "${at('stopped')}"]}
  - name: what is registered is seen, and repeated until it holds
    on: "{{params.to.id}}"
    run: [cat, "${at('ready')}"]
    within: 20
    expect: {stdout: "{{steps.stopped}} {{params.word}}"}
  - name: the allocation goes over
    allocation: leader
    to: "{{params.to.id}}"
  - name: the new one may fail
    on: "{{params.to.id}}"
    run: [test, "!", -e, "${at('broken')}"]
  - name: from here on forward
    final: true
    on: "{{params.to.id}}"
    run: [test, "!", -e, "${at('later')}"]
  - name: "{{worker.id}} is told"
    each: "{{minions role='worker'}}"
    as: worker
    when: "{{ne worker.id params.to.id}}"
    on: "{{worker.id}}"
    run: [tee, "${at('{{worker.id}}.told')}"]
    stdin: "{{params.to.id}}"
  - name: all are brought to it
    apply: role=leader
    readers_of: [leader]
`

beforeAll(async () => {
  await scene.makeFleet({
    'roles/worker/role.yml': 'summary: follows\n',
    'roles/worker/states.yml': `${scene.out}/{{minion.id}}.worker:
  file.managed: {contents: "{{export 'leader' 'who'}}", ${scene.owner}}
`,
    'roles/leader/role.yml': `summary: leads
singleton: true
include: [worker]
exports: {who: {type: text, value: "{{minion.id}}"}}
`,
    'roles/leader/states.yml': `${scene.out}/leader:
  file.managed: {contents: "{{minion.id}}", ${scene.owner}}
`,
    'runbooks/move.yml': moveYml(),
    'inventory.yml': 'a1: {roles: [leader], level: staging}\na2: {roles: [worker], level: staging}\n',
  })
  await scene.startMaster()
  for (const id of ['a1', 'a2']) await scene.join(id)
  await scene.must(['apply', '*'])
})
afterAll(() => scene.close())

async function run(...words: readonly string[]): Promise<RunbookResult & { readonly code: number | null }> {
  const { code, out, err } = await scene.run(['--json', 'runbook', ...words])
  if (out === '') throw new Error(err)
  return { ...(JSON.parse(out) as RunbookResult), code }
}

async function holder(): Promise<string> {
  const { allocations } = JSON.parse(await scene.must(['--json', 'allocation', 'list'])) as {
    readonly allocations: readonly { readonly allocation: string; readonly minion: string }[]
  }
  return allocations.find(({ allocation }) => allocation === 'leader@staging')?.minion ?? 'nobody'
}

const states = ({ steps }: RunbookResult): readonly string[] => steps.map(({ state }) => state ?? '-')

it('runbook list shows parameters, and runbook plan shows each step with its location and with loops unrolled', async () => {
  const planned = await scene.must(['runbook', 'plan', 'move', '--to', 'a2'])

  expect(await scene.must(['runbook', 'list'])).toMatch(/move +to \[word\] +moves the leader/)
  expect(planned).toMatch(/2 +asks +ask/)
  expect(planned).toContain('the allocation goes over  (allocation leader to a2)')
  expect(planned).toContain('from here on forward  (run a2)  from here on, nothing is undone')
  expect(planned).toContain('a1 is told  (run a1)')
  expect(planned).not.toContain('a2 is told')
})

it('runbook run names a missing parameter, an unknown runbook and an unmet requirement', async () => {
  const missing = await scene.run(['runbook', 'run', 'move'])
  const unknown = await scene.run(['runbook', 'run', 'mvoe', '--to', 'a2'])
  const same = await scene.run(['runbook', 'run', 'move', '--to', 'a1', '--yes'])

  expect([missing.code, unknown.code, same.code]).toEqual([2, 2, 1])
  expect(missing.err).toContain('`move` needs `to`: who leads')
  expect(unknown.err).toContain('Did you mean `move`?')
  expect(same.out).toContain('requirement not met: a1 is a worker')
})

it('a runbook waits at a question, blocks a second run, and undoes only what it did', async () => {
  const waiting = await run('run', 'move', '--set', 'to=a2')
  const second = await scene.run(['runbook', 'run', 'move', '--to', 'a2'])

  expect([waiting.code, waiting.state, waiting.question]).toEqual([0, 'waiting', 'Make a2 the leader in place of a1?'])
  expect(second.err).toContain(`already in progress: ${waiting.id} waiting`)
  const aborted = await run('abort', waiting.id)
  expect([aborted.code, aborted.state, existsSync(at('stopped'))]).toEqual([0, 'undone', false])
})

it('a runbook undoes its steps in reverse order when a step before the final one fails', async () => {
  writeFileSync(at('ready'), 'yes hello')
  writeFileSync(at('broken'), '')
  const { code, state, steps } = await run('run', 'move', '--to', 'a2', '--yes')

  expect([code, state]).toEqual([1, 'undone'])
  expect(steps.find(({ name }) => name === 'the new one may fail')?.state).toBe('undone')
  expect(existsSync(at('stopped'))).toBe(false)
  expect(await holder()).toBe('a1')
  rmSync(at('broken'))
})

it('a runbook resumes by itself after kill -9 of the master and repeats no completed step', async () => {
  rmSync(at('ready'))
  const killed = scene.begin(['runbook', 'run', 'move', '--to', 'a2', '--yes'])
  const list = async (): Promise<RunbookListResult> =>
    JSON.parse(await scene.must(['--json', 'runbook', 'list'])) as RunbookListResult
  await until('the old one has stopped, and that is written down', async () => {
    const [begun] = (await list()).runs
    return begun?.state === 'running' && states(await run('show', begun.id))[2] === 'done'
  })
  await scene.kill('master', 'SIGKILL')
  await killed.done
  writeFileSync(at('stopped'), 'marked')
  writeFileSync(at('ready'), 'yes hello')
  await scene.startMaster()
  await until('the procedure is over', async () => (await list()).runs[0]?.state === 'done')
  const shown = await run('show', (await list()).runs[0]?.id ?? '')

  expect(states(shown)).toEqual(shown.steps.map(() => 'done'))
  expect(content('stopped')).toBe('marked')
  expect([await holder(), content('leader'), content('a1.worker'), content('a1.told')]).toEqual([
    'a2',
    'a2',
    'a2',
    'a2',
  ])
})

it('a runbook that fails after its final step halts, cannot be undone, and can be resumed after a repair', async () => {
  writeFileSync(at('later'), '')
  writeFileSync(at('ready'), 'yes there')
  const halted = await run('run', 'move', '--to', 'a1', '--yes', '--set', 'word=there')
  const refused = await scene.run(['runbook', 'abort', halted.id])

  expect([halted.code, halted.state]).toEqual([1, 'halted'])
  expect(halted.problem?.code).toBe('RUNBOOK_STEP_FAILED')
  expect(refused.err).toContain('cannot be aborted')
  rmSync(at('later'))
  const resumed = await run('resume', halted.id)
  expect([resumed.code, resumed.state, await holder()]).toEqual([0, 'done', 'a1'])
})

it('the audit log records who ran a runbook, its parameters, each step, and what ran on which minion', async () => {
  const audit = await scene.must(['audit', '--limit', '200'])
  const events = await scene.must(['events', '--limit', '1000'])

  expect(audit).toMatch(/runbook-run .*to=a2/)
  expect(audit).toMatch(/tee/)
  expect(events).toMatch(/runbook-step.*the allocation goes over/)
  expect(events).toMatch(/lease-moved/)
})
