import { execFileSync } from 'node:child_process'
import { closeSync, constants, existsSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { JobRow } from '../../master/jobs/results.ts'
import type { JobDetail, ReportResult } from '../../master/verbs/jobs.ts'
import { Scene, until } from './scene.ts'

let scene: Scene
let gate: string

/** A file, and a program that runs when it changed: it reports that, then waits for the test at a pipe. */
function states(content: string): string {
  return `config:
  file.managed: {name: "${scene.out}/config", contents: "${content}\\n", ${scene.owner}}
reload:
  cmd.run:
    cmd: "echo reloaded >> ${scene.out}/reloads; cat ${gate}; echo through >> ${scene.out}/reloads"
    shell: true
    onchanges: [{file: config}]
last:
  file.managed: {name: "${scene.out}/last", contents: "last\\n", ${scene.owner}, require: [{cmd: reload}]}
`
}

beforeEach(async () => {
  scene = new Scene()
  gate = join(scene.directory, 'gate')
  execFileSync('mkfifo', [gate])
  await scene.makeFleet({
    'roles/demo/role.yml': 'summary: waits\n',
    'roles/demo/states.yml': states('one'),
    'inventory.yml': '"m*": {roles: [demo], level: staging}\n',
  })
  await scene.startMaster()
  await scene.join('m1')
})
afterEach(() => {
  releaseWaiting()
  return scene.close()
})

/** Opens the gate as soon as a program waits there, and lets it continue. There must be only one. */
function openGate(): void {
  writeFileSync(gate, '')
}

/** Releases a program that still waits, without blocking. */
function releaseWaiting(): void {
  try {
    closeSync(openSync(gate, constants.O_WRONLY | constants.O_NONBLOCK))
  } catch {
    // No program is waiting.
  }
}

function reloads(): string {
  return existsSync(join(scene.out, 'reloads')) ? readFileSync(join(scene.out, 'reloads'), 'utf8') : ''
}

async function inTheMiddle(): Promise<void> {
  await until(
    'the program waits at the gate',
    () => reloads().endsWith('reloaded\n'),
    () => scene.log('minion-m1'),
  )
}

async function newestJob(): Promise<JobDetail> {
  const [job] = (JSON.parse(await scene.must(['--json', 'jobs'])) as { readonly jobs: readonly JobRow[] }).jobs
  return JSON.parse(await scene.must(['--json', 'jobs', job?.job ?? ''])) as JobDetail
}

async function finalJob(): Promise<JobDetail> {
  let detail = await newestJob()
  await until(
    'the job is over',
    async () => {
      detail = await newestJob()
      return detail.runs.every(({ state }) => ['done', 'failed', 'cancelled', 'expired'].includes(state))
    },
    () => JSON.stringify(detail) + scene.log('minion-m1') + scene.log('master'),
  )
  return detail
}

async function reportsOf(job: string): Promise<ReportResult> {
  return JSON.parse(await scene.must(['--json', 'report', job])) as ReportResult
}

it('killing the minion during an apply causes one interrupted report, and the pending trigger runs on the next apply', async () => {
  const applying = scene.begin(['apply', 'm1'])
  await inTheMiddle()
  await scene.kill('minion-m1')
  // Without systemd, whose unit ends the whole control group, the program outlives its minion. As a second reader it would
  // let `openGate` return before the program of the next run has opened the pipe, which would then wait forever.
  openGate()
  scene.startMinion('m1')
  const said = await applying.done
  const detail = await finalJob()
  const { reports } = await reportsOf(detail.job.job)

  expect(said.code).toBe(1)
  expect(detail.runs).toMatchObject([{ minion: 'm1', state: 'failed' }])
  expect(reports).toHaveLength(1)
  expect(reports[0]?.results.map(({ id, outcome }) => `${id} ${outcome}`)).toEqual([
    'config changed',
    'reload interrupted',
    'last not-run',
  ])
  expect(reports[0]?.owed).toHaveLength(1)

  const paying = scene.begin(['apply', 'm1'])
  await until('the reaction runs again', () => reloads().split('reloaded').length === 3)
  openGate()
  const paid = await paying.done
  const again = await scene.run(['apply', 'm1'])

  expect(paid.code).toBe(0)
  expect(paid.out).toMatch(/changed {7}cmd\.run reload/)
  expect(again.out).toContain('m1  done  0 changed')
  expect(reloads().match(/reloaded/g)).toHaveLength(2)
  const stored = (await scene.must(['events', '--limit', '1000'])).match(/report-stored/g)
  expect(stored).toHaveLength(3)
})

it('killing the master during an apply loses nothing: the run continues and its report arrives once', async () => {
  const applying = scene.begin(['apply', 'm1'])
  await inTheMiddle()
  await scene.kill('master')
  const said = await applying.done
  openGate()
  await until('the run has ended', () => scene.log('minion-m1').includes('run-ended'))
  await scene.startMaster()
  await scene.here('m1')
  const detail = await finalJob()
  const { reports } = await reportsOf(detail.job.job)

  expect(said.code).toBe(4)
  expect(said.err).toContain('Jobs that were started are not lost')
  expect(detail.runs).toMatchObject([{ minion: 'm1', state: 'done', counts: { changed: 3 } }])
  expect(reports).toHaveLength(1)
  expect((await scene.must(['events', '--limit', '1000'])).match(/report-stored/g)).toHaveLength(1)
  expect(reloads()).toBe('reloaded\nthrough\n')
})

it('killing the CLI during an apply does not stop the job', async () => {
  const applying = scene.begin(['apply', 'm1'])
  await inTheMiddle()
  applying.kill()
  await applying.done
  openGate()

  expect((await finalJob()).runs).toMatchObject([{ state: 'done' }])
})

it('master jobs cancel ends the run on the minion and leaves none of its processes behind', async () => {
  const applying = scene.begin(['apply', 'm1'])
  await inTheMiddle()
  const { job } = await newestJob()
  await scene.must(['jobs', 'cancel', job.job])
  const said = await applying.done

  expect(said.code).toBe(1)
  expect(said.out).toContain('m1  cancelled')
  expect(execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })).not.toContain(`cat ${gate}`)
})

it('a minion that boots while the master is down applies its cached catalog and delivers the report later', async () => {
  const applying = scene.begin(['apply', 'm1'])
  await inTheMiddle()
  openGate()
  await applying.done
  await scene.kill('minion-m1', 'SIGTERM')
  await scene.kill('master', 'SIGTERM')
  // As after a boot: the highstate of this kernel boot is pending, and something has drifted.
  rmSync(join(scene.minionState('m1'), 'boot-id'))
  rmSync(join(scene.out, 'last'))
  const settings = join(scene.minionState('m1'), 'minion.yml')
  writeFileSync(settings, readFileSync(settings, 'utf8').replace('bootWaitMs: 10000', 'bootWaitMs: 200'))
  scene.startMinion('m1')
  await until(
    'the cached catalog was applied',
    () => existsSync(join(scene.out, 'last')),
    () => scene.log('minion-m1'),
  )
  await scene.startMaster()
  await scene.here('m1')
  await until('the report came', async () => (await scene.must(['jobs'])).includes('apply (boot)'))
  const { reports } = JSON.parse(await scene.must(['--json', 'report', 'm1'])) as ReportResult

  expect(reports).toMatchObject([{ origin: 'boot', state: 'done', counts: { changed: 1, unchanged: 1 } }])
})

it('a booting minion gets exactly one highstate order from the master, even when either side restarts', async () => {
  await scene.kill('minion-m1', 'SIGTERM')
  rmSync(join(scene.minionState('m1'), 'boot-id'))
  scene.startMinion('m1')
  await inTheMiddle()
  openGate()
  await until('the boot run is done', async () => (await finalJob()).job.origin === 'boot')
  await scene.kill('minion-m1')
  scene.startMinion('m1')
  await scene.here('m1')

  const { jobs } = JSON.parse(await scene.must(['--json', 'jobs'])) as { readonly jobs: readonly JobRow[] }
  expect(jobs).toMatchObject([{ origin: 'boot', runs: { done: 1 } }])
})

it('a second master on the same state directory is refused, whatever its socket', async () => {
  const { code, err } = await scene.run([
    'start',
    '--listen',
    '127.0.0.1:0',
    '--socket',
    join(scene.directory, 'other.sock'),
  ])

  expect(code).toBe(1)
  expect(err).toContain('STORE_LOCKED')
  expect(err).toContain(`process ${scene.pid('master')}`)
})

it('a second master on the same socket is refused', async () => {
  const other = join(scene.directory, 'other')
  const { code, err } = await scene.run([
    'start',
    '--listen',
    '127.0.0.1:0',
    '--state',
    other,
    '--socket',
    join(scene.state, 'master.sock'),
  ])

  expect(code).toBe(1)
  expect(err).toContain('SOCKET_TAKEN')
})

it('the CLI reports an unreadable fleet directory and a master that is not running', async () => {
  const unreadable = await scene.run([
    'start',
    '--fleet',
    join(scene.directory, 'nothing'),
    '--state',
    join(scene.directory, 'o2'),
  ])
  const silent = await scene.run(['--socket', join(scene.directory, 'no.sock'), 'minions'])

  expect(unreadable.code).toBe(2)
  expect(unreadable.err).toContain('it does not exist')
  expect(silent.code).toBe(4)
  expect(silent.err).toContain('systemctl start saltern-master')
})
