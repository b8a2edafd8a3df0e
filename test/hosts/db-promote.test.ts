import { once } from 'node:events'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { RunbookListResult, RunbookResult } from '../../master/verbs/runbook.ts'
import { LinesToType } from '../house/lines-to-type.ts'
import { DB_FILES, DB_LEVEL, DB_PACKAGES, DB_SECRETS, SHOP_PASSWORD } from './db-fleet.ts'
import type { LabHost } from './lab/host.ts'
import { until } from './lab/until.ts'
import { type LabFleet, openLabFleet } from './lab-fleet.ts'

/** A consumer that gets the location of the masterdb in a file of its own. */
const SHOP = {
  'roles/shop/role.yml': 'summary: an application that writes\ninclude: [base]\n',
  'roles/shop/states.yml': `client:
  pkg.installed: {pkgs: [mariadb-client]}
/etc/shop-db:
  file.managed: {contents: "{{export 'masterdb' 'address'}}"}
`,
  'inventory.yml': `db1: {roles: [masterdb], level: staging}
db2: {roles: [db], level: staging}
db3: {roles: [db], level: staging}
app1: {roles: [shop], level: staging}
`,
}

/** Writes rows one by one to the server named by the file, and records the numbers of acknowledged rows. */
const WRITER = `n=0
while [ ! -e /root/stop ]; do
  n=$((n+1))
  mariadb -h "$(cat /etc/shop-db)" -u shop --ssl --connect-timeout=2 shop \\
    -e "INSERT INTO log VALUES ($n, @@server_id)" 2>/dev/null && echo $n >> /root/acked
done`

/** Records from when until when a server accepted writes, by the clock that all hosts share. */
const WATCH = `while [ ! -e /root/stop ]; do
  before=$(date +%s%N)
  answer=$(mariadb -Nse 'SELECT @@GLOBAL.read_only' 2>/dev/null)
  echo "$before $(date +%s%N) $answer" >> /root/watched
done`

let fleet: LabFleet
const host = (id: string): LabHost => fleet.host(id)

beforeAll(async () => {
  fleet = await openLabFleet({
    members: ['db1', 'db2', 'db3', 'app1'],
    level: DB_LEVEL,
    files: { ...DB_FILES, ...SHOP },
    secrets: DB_SECRETS,
    packages: DB_PACKAGES,
    log: line => console.log(`promotion: ${line}`),
  })
  await fleet.must(['apply', '*'])
  await sql('db1', 'CREATE TABLE shop.log (n INT PRIMARY KEY, server INT)')
})

afterAll(async () => {
  await fleet?.close()
})

async function sql(id: string, statement: string): Promise<string> {
  return (await host(id).must(['mariadb', '-N', '-B'], { stdin: `${statement};\n` })).trim()
}

async function numbers(id: string, path: string): Promise<readonly (readonly string[])[]> {
  const { stdout } = await host(id).exec(['cat', path])
  return stdout
    .trim()
    .split('\n')
    .filter(line => line !== '')
    .map(line => line.split(' '))
}

async function acknowledged(more: number): Promise<void> {
  const before = (await numbers('app1', '/root/acked')).length
  await until(async () => ((await numbers('app1', '/root/acked')).length >= before + more ? true : undefined), {
    what: `${more} more rows to be acknowledged`,
    timeoutMs: 60_000,
  })
}

/** Returns acknowledged rows that are missing. */
async function lost(writer: string): Promise<readonly string[]> {
  const there = new Set((await sql(writer, 'SELECT n FROM shop.log')).split('\n'))
  return (await numbers('app1', '/root/acked')).flatMap(([n = '']) => (there.has(n) ? [] : [n]))
}

async function replicaOf(id: string): Promise<string> {
  const { stdout } = await host(id).exec(['mariadb', '-e', 'SHOW REPLICA STATUS\\G'])
  const running = /Slave_IO_Running: Yes[^]*Slave_SQL_Running: Yes/.test(stdout)
  return running ? (/Master_Host: (\S+)/.exec(stdout)?.[1] ?? '') : stdout
}

async function begin(): Promise<{ stop(): Promise<void> }> {
  for (const id of ['app1', 'db1', 'db2']) await host(id).must(['rm', '-f', '/root/stop', '/root/watched'])
  const env = { MYSQL_PWD: SHOP_PASSWORD }
  const children = [
    host('app1').spawn(['sh', '-c', WRITER], { env }),
    host('db1').spawn(['sh', '-c', WATCH]),
    host('db2').spawn(['sh', '-c', WATCH]),
  ]
  // Listen from the beginning: the first child may end before the last one is told to.
  const ended = Promise.all(children.map(child => once(child, 'exit')))
  return {
    async stop() {
      for (const id of ['app1', 'db1', 'db2']) await host(id).must(['touch', '/root/stop'])
      await ended
    },
  }
}

/** The block of docs/runbooks.md, which leads db2 to promotion or back. */
const lines = new LinesToType('test/hosts/db-promote.test.ts', 'docs/runbooks.md')
const PLAN = 'master runbook plan db-promote --to db2'
const RUN = 'master runbook run db-promote --to db2          # waits at its question'
const RESUME = 'master runbook resume rb-...  --yes             # goes on'
const ABORT = 'master runbook abort rb-...                     # or undoes what it did'
const SHOW = 'master runbook show rb-...'

/** Types a line of the page on the master, with the id of a runbook run in place of `rb-...`; it must succeed. */
function typed(line: string, id = ''): Promise<string> {
  return fleet.master.must(['sh', '-c', lines.take(line).replace('rb-...', id)], { timeoutMs: 300_000 })
}

/** The runbook run that was started last. */
async function newest(): Promise<RunbookListResult['runs'][number]> {
  const { answer } = await fleet.ask<RunbookListResult>(['runbook', 'list'])
  const [run] = answer.runs
  if (run === undefined) throw new Error('no runbook was started')
  return run
}

test('db-promote waits for confirmation, and aborting it keeps the current writer', async () => {
  expect(await typed(PLAN)).toContain('db2')
  await typed(RUN)
  const { id, state } = await newest()
  await typed(ABORT, id)

  expect([state, (await newest()).state]).toEqual(['waiting', 'undone'])
  expect([await sql('db1', 'SELECT @@GLOBAL.read_only'), await sql('db2', 'SELECT @@GLOBAL.read_only')]).toEqual([
    '0',
    '1',
  ])
})

test('db-promote under load loses no acknowledged row, has one writer at any time, and redirects the consumers', async () => {
  const writing = await begin()
  await acknowledged(30)
  await typed(RUN)
  const { id } = await newest()
  await typed(RESUME, id)
  expect(await typed(SHOW, id)).toContain('done')
  const { answer } = await fleet.ask<RunbookResult>(['runbook', 'show', id])
  const failed = answer.steps.filter(({ problem }) => problem !== undefined)
  expect([answer.state, failed, lines.left]).toEqual(['done', [], []])
  await acknowledged(30)
  await writing.stop()

  expect(await lost('db2')).toEqual([])
  const [one = '', two = ''] = await Promise.all(['db1', 'db2'].map(id => sql(id, 'SELECT @@GLOBAL.server_id')))
  const last = await sql('db2', `SELECT MAX(n) FROM shop.log WHERE server = ${one}`)
  const first = await sql('db2', `SELECT MIN(n) FROM shop.log WHERE server = ${two}`)
  expect(Number(last)).toBeLessThan(Number(first))
  const wrote = (await numbers('db1', '/root/watched')).filter(([, , answered]) => answered === '0')
  const writes = (await numbers('db2', '/root/watched')).filter(([, , answered]) => answered === '0')
  expect(BigInt(wrote.at(-1)?.[0] ?? '0')).toBeLessThan(BigInt(writes[0]?.[1] ?? '0'))
  expect(await host('app1').must(['cat', '/etc/shop-db'])).toBe(host('db2').address)
})

test('after db-promote the old primary and the other replica follow the new primary, and an apply changes nothing', async () => {
  expect([await replicaOf('db1'), await replicaOf('db3')]).toEqual([host('db2').address, host('db2').address])
  expect(await sql('db1', 'SELECT @@GLOBAL.read_only')).toBe('1')
  expect(await fleet.must(['roles'])).toMatch(/masterdb +ready +db2 \(the inventory names db1\)/)
  expect(await fleet.must(['apply', '*'])).not.toMatch(/[1-9]\d* changed/)
  await host('db2').must(['systemctl', 'restart', 'mariadb'])
  await host('db1').must(['systemctl', 'restart', 'mariadb'])
  expect([await sql('db1', 'SELECT @@GLOBAL.read_only'), await sql('db2', 'SELECT @@GLOBAL.read_only')]).toEqual([
    '1',
    '0',
  ])
})

test('db-promote refuses a lagging replica before it changes anything', async () => {
  await sql('db3', 'STOP REPLICA')
  const { exitCode, answer } = await fleet.ask<RunbookResult>(['runbook', 'run', 'db-promote', '--to', 'db3', '--yes'])
  await sql('db3', 'START REPLICA')

  expect([exitCode, answer.state]).toEqual([1, 'undone'])
  expect(await sql('db2', 'SELECT @@GLOBAL.read_only')).toBe('0')
})

test('db-promote resumes after a kill -9 of the master and returns to db1 without losing a row', async () => {
  const writing = await begin()
  await acknowledged(10)
  const words = ['master', 'runbook', 'run', 'db-promote', '--to', 'db1', '--yes']
  const running = fleet.master.spawn(words)
  let seen = ''
  running.stderr.setEncoding('utf8').on('data', (text: string) => {
    seen += text
  })
  await until(() => (seen.includes('stays read-only over a restart') ? true : undefined), {
    what: 'the old one to be fenced',
    timeoutMs: 60_000,
    evidence: () => seen,
  })
  await fleet.master.must(['systemctl', 'kill', '-s', 'SIGKILL', 'saltern-master'])
  const { runs } = await until(
    async () => {
      const listed = await fleet.run(['--json', 'runbook', 'list'])
      if (listed.exitCode !== 0) return undefined
      const list = JSON.parse(listed.stdout) as RunbookListResult
      return list.runs[0]?.state === 'running' ? undefined : list
    },
    { what: 'the procedure to be over', timeoutMs: 150_000 },
  )
  expect(runs[0]).toMatchObject({ state: 'done', target: 'to=db1' })
  await acknowledged(10)
  await writing.stop()

  expect(await lost('db1')).toEqual([])
  expect([await replicaOf('db2'), await replicaOf('db3')]).toEqual([host('db1').address, host('db1').address])
  expect([await sql('db1', 'SELECT @@GLOBAL.read_only'), await sql('db2', 'SELECT @@GLOBAL.read_only')]).toEqual([
    '0',
    '1',
  ])
})
