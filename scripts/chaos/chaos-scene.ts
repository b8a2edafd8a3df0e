import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createClient } from '../../master/api/client.ts'
import type { RunOutcome } from '../../master/jobs/results.ts'
import type { JobDetail } from '../../master/verbs/jobs.ts'
import { type Said, Scene, until } from '../../test/journey/scene.ts'
import { FaultyLink } from './faulty-link.ts'
import { isOpen, type MasterRecord, type MinionRecord, recordState } from './invariants.ts'
import { CAN_MOUNT, SmallDisk } from './small-disk.ts'

const PRELOAD = join(import.meta.dirname, '../../test/journey/shifted-clock.ts')
/** Upper limit for anything that must finish by itself once all faults are over. */
const BOUND_MS = 150_000

/** A running apply command; `said` is set when it has ended. */
interface Apply {
  readonly revision: number
  said: Said | undefined
}

/**
 * A master and minions that can be disturbed: each minion reaches its master through its own link, the master uses a clock that
 * can be set, and as root each state directory is a small disk of its own. Each revision of the fleet writes its number to a
 * file on every minion, appends a line to a second one, and then waits until the revision is released.
 */
export class ChaosScene extends Scene {
  readonly minions: readonly string[]
  readonly #links = new Map<string, FaultyLink>()
  readonly #disks = new Map<string, SmallDisk>()
  readonly #applies: Apply[] = []
  /** What existed before the round: jobs, the last event, and the lines of each minion. */
  readonly #before = {
    jobs: new Set<string>(),
    event: 0,
    executions: new Map<string, number>(),
    ended: new Map<string, number>(),
  }
  readonly #died: string[] = []
  readonly #signal: AbortSignal
  readonly #clock = join(this.directory, 'clock')
  #revision = 0

  /** `signal`: aborting it ends every wait with an error. */
  constructor(minions: readonly string[], signal: AbortSignal) {
    super()
    this.minions = minions
    this.#signal = signal
  }

  async open(): Promise<void> {
    this.setMasterClock(0)
    for (const name of CAN_MOUNT ? ['master', ...this.minions] : []) {
      this.#disks.set(name, SmallDisk.mount(name === 'master' ? this.state : this.minionState(name)))
    }
    await this.makeFleet({
      'roles/chaos/role.yml': 'summary: counts how often it is applied\n',
      'inventory.yml': '"m*": {roles: [chaos], level: staging}\n',
    })
    this.edit()
    await this.startTheMaster()
    for (const id of this.minions) {
      mkdirSync(join(this.out, id))
      const link = new FaultyLink(() => Number(this.address.split(':')[1]))
      await link.listen()
      this.#links.set(id, link)
      const token = await this.must(['join-token', 'create', '--id', id])
      const said = await this.minion(id, ['join', '--master', link.address, '--id', id], token)
      if (said.code !== 0) throw new Error(`${id} did not join: ${said.err}`)
      this.startMinion(id)
    }
    await this.online()
  }

  override async close(): Promise<void> {
    for (const name of ['master', ...this.minions.map(id => `minion-${id}`)]) {
      if (this.pid(name) !== -1) await this.kill(name)
    }
    for (const link of this.#links.values()) await link.close()
    for (const disk of this.#disks.values()) disk.unmount()
    await super.close()
  }

  startTheMaster(): Promise<void> {
    return this.startMaster([], { NODE_OPTIONS: `--import=${PRELOAD}`, SALTERN_TEST_CLOCK: this.#clock }, BOUND_MS)
  }

  /** Sets the master's clock, relative to the clock of this host. */
  setMasterClock(offsetMs: number): void {
    writeFileSync(this.#clock, String(offsetMs))
  }

  link(minion: string): FaultyLink {
    const link = this.#links.get(minion)
    if (link === undefined) throw new Error(`no link of ${minion}`)
    return link
  }

  /** `name`: `master` or a minion. */
  disk(name: string): SmallDisk {
    const disk = this.#disks.get(name)
    if (disk === undefined) throw new Error(`${name} has no disk of its own: that needs root`)
    return disk
  }

  get revision(): number {
    return this.#revision
  }

  /** Creates the next revision of the fleet. */
  edit(): number {
    const revision = ++this.#revision
    const own = `${this.out}/{{minion.id}}`
    this.write({
      'roles/chaos/states.yml': `config:
  file.managed: {name: "${own}/config", contents: "${revision}\\n", ${this.owner}}
${recordState(revision)}:
  cmd.run:
    cmd: "echo ${revision} $(cat ${own}/config) >> ${own}/executions"
    shell: true
    require: [{file: config}]
hold:
  cmd.run: {cmd: "while [ ! -e ${this.#gate(revision)} ]; do sleep 0.1; done", shell: true}
tail:
  cmd.run: {cmd: sleep 0.2, shell: true}
`,
    })
    return revision
  }

  /** Applies the current fleet as an operator would; see `ended`. */
  apply(): void {
    const cli = this.begin(['--json', 'apply', '*'])
    const apply: Apply = { revision: this.#revision, said: undefined }
    this.#applies.push(apply)
    void cli.done.then(said => {
      apply.said = said
    })
  }

  /** Lets the waiting programs of all revisions continue. */
  release(): void {
    for (let revision = 1; revision <= this.#revision; revision++) writeFileSync(this.#gate(revision), '')
  }

  async online(): Promise<void> {
    const isOnline = async (): Promise<boolean> => {
      const { answers } = await this.#client.call('ping', { target: '*' })
      return answers.length === this.minions.length && answers.every(({ ok }) => ok)
    }
    await until(
      'all minions are online',
      () => {
        this.#signal.throwIfAborted()
        return isOnline().catch(() => false)
      },
      () => this.minions.map(id => this.log(`minion-${id}`).slice(-600)).join('\n'),
      BOUND_MS,
    )
  }

  /** The runs of this round, as known to the master. */
  async runs(): Promise<readonly RunOutcome[]> {
    this.#signal.throwIfAborted()
    return (await this.#jobs()).flatMap(({ runs }) => runs)
  }

  /** True while a run was sent to its minion and has not ended. */
  async hasOpenRun(): Promise<boolean> {
    return (await this.runs()).some(run => isOpen(run) && run.state !== 'queued')
  }

  /** True when every command has ended, no run is open, and no minion has a report left. */
  async isOver(): Promise<boolean> {
    if (this.#applies.some(({ said }) => said === undefined)) return false
    if (this.minions.some(minion => this.#outbox(minion).length > 0)) return false
    return !(await this.runs().catch(() => [{ state: 'sent' } as const])).some(isOpen)
  }

  /** Waits for `isOver`. Returns commands that did not end within the limit, and processes that died. */
  async ended(): Promise<readonly string[]> {
    const isOver = async (): Promise<boolean> => {
      this.#signal.throwIfAborted()
      await this.#revive()
      return this.isOver()
    }
    await until('everything is over', isOver, undefined, BOUND_MS).catch(() => undefined)
    this.#signal.throwIfAborted()
    const hanging = this.#applies.flatMap(({ revision, said }) => {
      return said === undefined ? [`the command that applies revision ${revision} does not end`] : []
    })
    return [...hanging, ...this.#died.splice(0)]
  }

  /** Returns the records of this round, or of `all` rounds. */
  async masterRecord(all = false): Promise<MasterRecord> {
    const jobs = await this.#jobs(all)
    const runs = jobs.flatMap(job => job.runs)
    const found = await Promise.all(jobs.map(({ job: { job } }) => this.#client.call('report', { of: job })))
    const stored: string[] = []
    const after = all ? 0 : this.#before.event
    await this.#client.call('events', { follow: false, after, limit: 10_000 }, ({ type, event: { run } }) => {
      if (type === 'report-stored' && typeof run === 'string') stored.push(run)
    })
    return { runs, reports: found.flatMap(({ reports }) => reports), stored }
  }

  /** Returns the records of this round, or of `all` rounds. */
  minionRecord(minion: string, all = false): MinionRecord {
    const lines = readText(join(this.out, minion, 'executions'))
      .split('\n')
      .slice(0, -1)
    const ended = this.log(`minion-${minion}`).matchAll(/"event":"run-(?:ended|interrupted)","run":"([^"]+)"/g)
    const executions = lines.map(line => {
      const [revision, onDisk] = line.split(' ').map(Number)
      return { revision: revision ?? Number.NaN, onDisk: onDisk ?? Number.NaN }
    })
    const { executions: executed, ended: over } = this.#before
    return {
      minion,
      executions: executions.slice(all ? 0 : executed.get(minion)),
      ended: [...ended].map(([, run]) => run ?? '').slice(all ? 0 : over.get(minion)),
      unsent: this.#outbox(minion),
      onDisk: Number(readText(join(this.out, minion, 'config'))),
    }
  }

  hasExecuted(minion: string, revision: number): boolean {
    this.#signal.throwIfAborted()
    return this.minionRecord(minion).executions.some(one => one.revision === revision)
  }

  /** Begins a round: earlier records are no longer counted. */
  async beginRound(): Promise<void> {
    for (const { job } of await this.#jobs()) this.#before.jobs.add(job.job)
    const { log } = await this.#client.call('status', {})
    this.#before.event = log.lastSeq
    for (const minion of this.minions) {
      const { executions, ended } = this.minionRecord(minion, true)
      this.#before.executions.set(minion, executions.length)
      this.#before.ended.set(minion, ended.length)
    }
    this.#applies.length = 0
  }

  /** Restarts dead processes as systemd would, although that should never be needed. */
  async #revive(): Promise<void> {
    for (const name of ['master', ...this.minions.map(id => `minion-${id}`)]) {
      if (isAlive(this.pid(name))) continue
      this.#died.push(`${name} ended by itself: ${this.log(name).trim().split('\n').slice(-3).join(' / ')}`)
      if (name === 'master') await this.startTheMaster()
      else this.startMinion(name.slice('minion-'.length))
    }
  }

  get #client() {
    return createClient(join(this.state, 'master.sock'))
  }

  async #jobs(all = false): Promise<readonly JobDetail[]> {
    const { jobs } = await this.#client.call('jobs', { limit: 1000 })
    const fresh = jobs.filter(({ job }) => all || !this.#before.jobs.has(job))
    return await Promise.all(fresh.map(({ job }) => this.#client.call('job', { job })))
  }

  #gate(revision: number): string {
    return join(this.out, `gate-${revision}`)
  }

  #outbox(minion: string): readonly string[] {
    try {
      return readdirSync(join(this.minionState(minion), 'outbox')).filter(name => /\.(?:report|refused)$/.test(name))
    } catch {
      return []
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
