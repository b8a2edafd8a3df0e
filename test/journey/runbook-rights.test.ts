import { execFileSync } from 'node:child_process'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { RunbookListResult, RunbookResult } from '../../master/verbs/runbook.ts'
import { type Posted, post } from './post.ts'
import { Scene, until } from './scene.ts'

const USER = userInfo().uid === 0 ? 'nobody' : userInfo().username
const RUNBOOKS = '{verbs: [runbook-run, runbook-resume, runbook-abort, look], target: "*"}'
const STEPS = '{verbs: [run, apply], target: "*"}, {verbs: [allocation-release], target: "*"}'

const scene = new Scene()
const annas = join(scene.state, 'operators', 'anna.sock')
const at = (name: string): string => join(scene.out, name)

function grant(rights: string): void {
  const id = execFileSync('grep', ['^id:', join(scene.fleet, 'fleet.yml')], { encoding: 'utf8' }).trim()
  const text = `${id}\nname: rights\nlevels: [staging]\noperators:\n  anna: {uses: ${USER}, rights: [${rights}]}\n`
  scene.write({ 'fleet.yml': text })
}

const changeYml = (): string => `summary: changes something
steps:
  - name: something is begun
    on: a1
    run: [tee, "${at('begun')}"]
    stdin: "yes"
    undo: {run: [rm, -f, "${at('begun')}"], on: a1}
  - name: ask
    confirm: "Go on?"
  - name: it is repeated until it holds
    on: a1
    run: [test, -e, "${at('ready')}"]
    within: 120
  - name: something is done
    on: a1
    run: [tee, "${at('done')}"]
  - name: the singleton moves
    when: "{{eq params.whole 'yes'}}"
    allocation: leader
    to: a1
  - name: all are applied
    apply: id=a1
params:
  whole: {default: "no", help: with the singleton}
`

beforeAll(async () => {
  await scene.makeFleet({
    'roles/demo/role.yml': 'summary: nothing\n',
    'roles/demo/states.yml': '{}\n',
    'runbooks/change.yml': changeYml(),
    'inventory.yml': 'a1: {roles: [demo], level: staging}\n',
  })
  grant(RUNBOOKS)
  await scene.startMaster()
  await scene.join('a1')
})
afterAll(() => scene.close())

/** Calls a verb through anna's own socket. */
function asAnna<Result = RunbookResult>(verb: string, input: object): Promise<Posted<Result>> {
  return post<Result>(annas, verb, input)
}

/** Uses the socket: a CLI process for each poll would take longer than what it observes. */
async function runs(): Promise<RunbookListResult['runs']> {
  return (await asAnna<RunbookListResult>('runbook-list', {})).result?.runs ?? []
}

/** True when the newest run has reached the repeated step. */
async function repeats(): Promise<boolean> {
  const { result } = await asAnna('runbook-show', { id: (await runs())[0]?.id ?? '' })
  return result?.steps.some(({ name, state }) => name.startsWith('it is repeated') && state === 'begun') === true
}

const messages = ({ problems }: Posted): readonly string[] => problems.map(({ message }) => message)

it('a runbook does not start without the rights for all of its steps and names every missing right', async () => {
  const refused = await asAnna('runbook-run', { runbook: 'change', params: { whole: 'yes' }, yes: true })

  expect(refused.problems.map(({ code }) => code)).toEqual(['RIGHT_DENIED', 'RIGHT_DENIED', 'RIGHT_DENIED'])
  expect(messages(refused)).toEqual([
    'anna may not `run` on a1',
    'anna may not `allocation-release`',
    'anna may not `apply` on a1',
  ])
  expect([await runs(), existsSync(at('begun'))]).toEqual([[], false])
  const audit = JSON.parse(await scene.must(['--json', 'audit', '--operator', 'anna'])) as {
    readonly acts: readonly { readonly verb: string; readonly outcome: string }[]
  }
  expect(audit.acts.map(({ verb, outcome }) => `${verb} ${outcome}`)).toEqual(
    expect.arrayContaining(['run refused', 'apply refused', 'allocation-release refused']),
  )
})

it('a runbook waiting at a gate cannot be resumed or aborted by an operator who lost the rights', async () => {
  grant(`${RUNBOOKS}, ${STEPS}`)
  await asAnna('runbook-run', { runbook: 'change', params: {} })
  const [waiting] = await runs()
  const id = waiting?.id ?? ''
  expect([waiting?.state, existsSync(at('begun'))]).toEqual(['waiting', true])

  grant(RUNBOOKS)
  expect(messages(await asAnna('runbook-resume', { id, yes: true }))).toContain('anna may not `run` on a1')
  expect(messages(await asAnna('runbook-abort', { id }))).toEqual(['anna may not `run` on a1'])
  expect([(await runs())[0]?.state, existsSync(at('begun'))]).toEqual(['waiting', true])

  await scene.must(['runbook', 'abort', id])
  expect([(await runs())[0]?.state, existsSync(at('begun'))]).toEqual(['undone', false])
})

it('a runbook halts at the step whose right was revoked, and an operator with the rights can undo it', async () => {
  grant(`${RUNBOOKS}, ${STEPS}`)
  const going = asAnna('runbook-run', { runbook: 'change', params: {}, yes: true })
  await until('it repeats a step', repeats)
  grant(RUNBOOKS)
  writeFileSync(at('ready'), '')
  await going
  await until('it halts', async () => (await runs())[0]?.state === 'halted')

  const [halted] = await runs()
  expect(halted?.problem).toMatchObject({ code: 'RIGHT_DENIED' })
  expect([existsSync(at('begun')), existsSync(at('done'))]).toEqual([true, false])
  await scene.must(['runbook', 'abort', halted?.id ?? ''])
  expect(existsSync(at('begun'))).toBe(false)
  rmSync(at('ready'))
})

it('a runbook that resumes after a restart of the master uses the current rights of its operator', async () => {
  grant(`${RUNBOOKS}, ${STEPS}`)
  const going = asAnna('runbook-run', { runbook: 'change', params: {}, yes: true }).catch(() => undefined)
  await until('it repeats a step', repeats)
  await scene.kill('master', 'SIGKILL')
  await going
  grant(RUNBOOKS)
  writeFileSync(at('ready'), '')
  await scene.startMaster()
  await until('it halts', async () => (await runs())[0]?.state === 'halted')

  expect((await runs())[0]?.problem).toMatchObject({ code: 'RIGHT_DENIED' })
  expect(existsSync(at('done'))).toBe(false)
  grant(`${RUNBOOKS}, ${STEPS}`)
  const ended = await asAnna('runbook-resume', { id: (await runs())[0]?.id ?? '', yes: true })
  expect([ended.problems, ended.result?.state]).toEqual([[], 'done'])
})
