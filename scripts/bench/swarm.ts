import { type ChildProcess, fork } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { Scene, until } from '../../test/journey/scene.ts'
import type { Finding } from './measure.ts'
import { round, timeOf } from './measure.ts'
import { cpuSeconds, residentMebibytes } from './processes.ts'
import type { SwarmCounts, SwarmPart } from './swarm-minions.ts'

const SIZES = [100, 500, 1000, 2000]
const STATES = 20
const PROCESSES = 2
const CONNECTS_PER_SECOND = 100
const BOUND_MS = 600_000

/** Simulated minions in separate processes, connected to a real master. */
class Swarm {
  readonly #scene: Scene
  readonly #parts: ChildProcess[] = []
  readonly #counts = new Map<ChildProcess, SwarmCounts>()

  constructor(scene: Scene) {
    this.#scene = scene
  }

  /** Starts connecting `m0` and so on; see `online`. */
  async start(count: number): Promise<void> {
    const port = Number(this.#scene.address.split(':')[1])
    const each = Math.ceil(count / PROCESSES)
    for (let first = 0; first < count; first += each) {
      const perSecond = CONNECTS_PER_SECOND / PROCESSES
      const most = Math.min(each, count - first)
      const part: SwarmPart = { port, token: await this.#token(most), first, count: most, perSecond }
      const child = fork(join(import.meta.dirname, 'swarm-minions.ts'), [JSON.stringify(part)])
      child.on('message', counts => this.#counts.set(child, counts as SwarmCounts))
      this.#parts.push(child)
    }
  }

  /** Creates one token per process: a token has 1,000 uses at most. */
  async #token(uses: number): Promise<string> {
    const words = ['--id', 'm*', '--role', 'swarm', '--level', 'staging', '--uses', String(uses)]
    return (await this.#scene.must(['join-token', 'create', ...words])).trim()
  }

  get totals(): SwarmCounts {
    const all = [...this.#counts.values()]
    const sum = (of: (counts: SwarmCounts) => number): number => all.reduce((total, one) => total + of(one), 0)
    return {
      online: sum(({ online }) => online),
      connected: sum(({ connected }) => connected),
      lost: sum(({ lost }) => lost),
      stored: sum(({ stored }) => stored),
      problems: all.flatMap(({ problems }) => problems),
    }
  }

  async online(count: number): Promise<void> {
    const seen = (): string => JSON.stringify(this.totals)
    await until(`${count} minions are online`, () => this.totals.online === count, seen, BOUND_MS)
  }

  stop(): void {
    for (const child of this.#parts) child.kill()
  }
}

/** Creates a fleet whose role has `states` files, for every minion. */
async function makeSwarmFleet(scene: Scene, states: number): Promise<void> {
  const files = Array.from({ length: states }, (_, index) => {
    return `file ${index}:\n  file.managed:\n    - name: /srv/swarm/${index}\n    - contents: "{{minion.id}} ${index}"\n`
  })
  await scene.makeFleet({
    'inventory.yml': '{}\n',
    'roles/swarm/states.yml': files.join(''),
  })
}

interface Phase {
  readonly seconds: number
  readonly cpu: number
  readonly rss: number
  readonly loop: { readonly max: number; readonly p99: number }
  readonly lost: number
}

/** Measures how a master copes with 100 to 2,000 minions: connect, ping, and an apply of 20 states with nothing to do. */
export async function benchSwarm(sizes: readonly number[] = SIZES): Promise<readonly Finding[]> {
  const findings: Finding[] = []
  for (const size of sizes) findings.push(...(await measureSwarm(size)))
  return findings
}

async function measureSwarm(size: number): Promise<readonly Finding[]> {
  const scene = new Scene()
  const swarm = new Swarm(scene)
  try {
    await makeSwarmFleet(scene, STATES)
    const probe = join(scene.directory, 'loop.json')
    const preload = `--import=${join(import.meta.dirname, 'loop-probe.ts')}`
    const options = `${preload} ${process.env['SALTERN_BENCH_NODE_OPTIONS'] ?? ''}`
    await scene.startMaster([], { NODE_OPTIONS: options, SALTERN_LOOP_PROBE: probe }, 120_000)
    const phase = async (act: () => Promise<unknown>): Promise<Phase> => {
      const pid = scene.pid('master')
      await readLoop(pid, probe)
      const [lost, cpu] = [swarm.totals.lost, cpuSeconds(pid)]
      const seconds = (await timeOf(act)) / 1000
      const loop = await readLoop(pid, probe)
      const rss = residentMebibytes(pid)
      return { seconds, cpu: cpuSeconds(pid) - cpu, rss, loop, lost: swarm.totals.lost - lost }
    }
    const connect = await phase(async () => {
      await swarm.start(size)
      await swarm.online(size)
    })
    const ping = await phase(() => scene.must(['ping', '*']))
    let code: number | null = null
    const apply = await phase(async () => {
      ;({ code } = await scene.run(['apply', '*']))
      await until(
        `${size} reports are stored`,
        () => swarm.totals.stored >= size,
        () => JSON.stringify(swarm.totals),
      )
    })
    const { problems } = swarm.totals
    if (problems.length > 0) process.stderr.write(`bench: ${problems.join('\n')}\n`)
    return [
      findingOf(`${size} minions connect (${CONNECTS_PER_SECOND} a second)`, connect, 120),
      findingOf(`ping of ${size}, whole command`, ping, 2),
      findingOf(
        `apply of ${STATES} states with nothing to do to ${size}, exit code ${code ?? 'none'}`,
        apply,
        60,
        code === 0,
      ),
    ]
  } finally {
    swarm.stop()
    await scene.close()
  }
}

function findingOf(what: string, { seconds, cpu, rss, loop, lost }: Phase, budgetSeconds: number, ok = true): Finding {
  const master = `master CPU ${round(cpu)} s, RSS ${round(rss)} MiB`
  return {
    what,
    measured: `${round(seconds)} s; ${master}; event loop max ${round(loop.max)} ms, p99 ${round(loop.p99)} ms; links lost ${lost}`,
    budget: `${budgetSeconds} s, no link lost`,
    ok: ok && seconds < budgetSeconds && lost === 0,
  }
}

/** Asks the probe in that process for the delay since the last call. */
async function readLoop(pid: number, path: string): Promise<Phase['loop']> {
  rmSync(path, { force: true })
  process.kill(pid, 'SIGUSR2')
  let loop: Phase['loop'] | undefined
  await until(
    'the probe of the event loop answers',
    () => {
      loop = parsed(path)
      return loop !== undefined
    },
    () => '',
    60_000,
  )
  return loop ?? { max: Number.NaN, p99: Number.NaN }
}

function parsed(path: string): Phase['loop'] | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Phase['loop']
  } catch {
    return undefined
  }
}
