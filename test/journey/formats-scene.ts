import { join } from 'node:path'
import type { ApplyResult } from '../../master/jobs/results.ts'
import type { InputOf, ResultOf, VerbName } from '../../master/verbs/index.ts'
import { post } from './post.ts'
import { PROGRAM, Scene } from './scene.ts'
import { Terminal } from './terminal.ts'

/** What a verb answered: all of its lines, and the last one's result. */
export interface Answered {
  readonly verb: VerbName
  readonly input: unknown
  readonly lines: readonly unknown[]
  readonly result: unknown
}

const RUNBOOK = `summary: asks first
steps:
  - {name: ask, confirm: "Go on?"}
  - {name: go, on: m1, run: ["true"]}
`

/** A fleet that has something to show for every verb; one state fails on m2. */
export class FormatsScene extends Scene {
  readonly answered: Answered[] = []

  async open(): Promise<void> {
    await this.makeFleet({
      'roles/demo/role.yml': 'summary: writes a file\nallocations: {number: {from: 1, to: 9}}\n',
      'roles/demo/states.yml': `config:
  file.managed: {name: "${this.out}/{{minion.id}}", contents: "{{allocations.number}}\\n", ${this.owner}}
fail:
  cmd.run: {cmd: ["false"], onlyif: [["test", "{{minion.id}}", "=", "m2"]]}
`,
      'runbooks/ask.yml': RUNBOOK,
      'schedule.yml': 'schedules:\n  yearly: {cron: "0 3 1 1 *", verb: test, target: "*"}\n',
      'inventory.yml': '"*": {roles: [demo], level: staging}\n',
    })
    await this.startMaster()
    for (const id of ['m1', 'm2']) await this.join(id)
  }

  /** Calls a verb as the CLI does, and keeps what came. */
  async call<Verb extends VerbName>(verb: Verb, input: InputOf<Verb>): Promise<ResultOf<Verb>> {
    const { text, result, problems } = await post(join(this.state, 'master.sock'), verb, input)
    if (result === undefined) throw new Error(`${verb}: ${JSON.stringify(problems)}`)
    const lines = text
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as unknown)
    this.answered.push({ verb, input, lines, result })
    return result as ResultOf<Verb>
  }

  /** Keeps the lines of a refusal, and a result that the verb has elsewhere. */
  async #refuse<Verb extends VerbName>(verb: Verb, input: InputOf<Verb>, result: ResultOf<Verb>): Promise<void> {
    const { text } = await post(join(this.state, 'master.sock'), verb, input)
    this.answered.push({ verb, input, lines: [JSON.parse(text)], result })
  }

  /** Every verb once at least. */
  async callAll(): Promise<void> {
    for (const verb of ['ping', 'test'] as const) await this.call(verb, { target: '*' })
    const { job } = (await this.call('apply', { target: '*', unchanged: true, slowest: 3 })) as ApplyResult
    await this.call('job', { job })
    await this.call('job-cancel', { job })
    await this.call('report', {})
    await this.call('orphans', { target: '*' })
    for (const verb of ['orphans-remove', 'orphans-forget'] as const) await this.call(verb, { target: '*', test: true })
    await this.call('grains', { target: '*' })
    await this.call('events', { limit: 1000 })
    await this.#callKeys()
    await this.#callTokens()
    await this.#callSessions()
    await this.#callRunbooks()
    for (const verb of ['schedule-run', 'schedule-pause', 'schedule-resume'] as const)
      await this.call(verb, { schedule: 'yearly' })
    await this.call('schedule-next', {})
    await this.call('pillar-set', { path: 'a.b', value: 'hunter2-canary' })
    await this.call('pillar-get', { path: 'a.b' })
    await this.call('render', { minion: 'm1' })
    await this.call('compliance', { target: '*' })
    await this.call('compliance-show', {})
    for (const verb of LISTS) await this.call(verb, {})
    await this.call('allocation-release', { allocation: 'demo/number', minion: 'm1' })
    // Of minions that connect by loopback no address is kept.
    await this.#refuse('address-release', { of: 'm1' }, { released: [{ address: '192.0.2.7', minion: 'm1' }] })
  }

  async #callKeys(): Promise<void> {
    const { root } = await this.call('status', {})
    for (const id of ['p1', 'p2', 'p3']) {
      await this.minion(id, ['join', '--master', this.address, '--id', id, '--root', root])
    }
    await this.call('keys', {})
    await this.call('key-accept', { id: 'p1' })
    await this.call('key-revoke', { id: 'p1' })
    await this.call('key-reject', { id: 'p2' })
    await this.call('key-reject-pending', {})
  }

  async #callTokens(): Promise<void> {
    await this.call('token-create', { minion: 'new1' })
    const { tokens } = await this.call('tokens', {})
    await this.call('token-revoke', { token: tokens[0]?.token ?? '' })
  }

  async #callSessions(): Promise<void> {
    const terminal = new Terminal(process.execPath, [PROGRAM, 'ssh', 'm1', '--', 'echo', 'shown'], this.env)
    await terminal.ends()
    const { sessions } = await this.call('sessions', {})
    const session = sessions[0]?.session ?? ''
    await this.call('session', { session })
    await this.call('session-play', { session })
  }

  async #callRunbooks(): Promise<void> {
    await this.call('runbook-plan', { runbook: 'ask' })
    const first = await this.call('runbook-run', { runbook: 'ask' })
    await this.call('runbook-show', { id: first.id })
    await this.call('runbook-resume', { id: first.id, yes: true })
    const second = await this.call('runbook-run', { runbook: 'ask' })
    await this.call('runbook-abort', { id: second.id })
  }
}

const LISTS = [
  'minions',
  'doctor',
  'overview',
  'names',
  'jobs',
  'lint',
  'roles',
  'audit',
  'audit-verify',
  'contract',
  'compliance-history',
  'ssh-config',
  'schedule-list',
  'runbook-list',
  'address-list',
  'allocation-list',
] as const
