import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ApplyResult } from '../../master/jobs/results.ts'
import {
  DB_FILES,
  DB_LEVEL,
  DB_MEMBERS,
  DB_PACKAGES,
  DB_SECRETS,
  REPLICATION_PASSWORD,
  SHOP_PASSWORD,
} from './db-fleet.ts'
import type { LabHost } from './lab/host.ts'
import { until } from './lab/until.ts'
import { type LabFleet, openLabFleet } from './lab-fleet.ts'
import { changed, outcomes } from './run-words.ts'

const CONFIG = '/etc/mysql/mariadb.conf.d/60-fleet.cnf'

let fleet: LabFleet
let db1: LabHost
let db2: LabHost

beforeAll(async () => {
  fleet = await openLabFleet({
    members: DB_MEMBERS,
    level: DB_LEVEL,
    files: DB_FILES,
    secrets: DB_SECRETS,
    packages: DB_PACKAGES,
    log: line => console.log(`first light: ${line}`),
  })
  db1 = fleet.host('db1')
  db2 = fleet.host('db2')
})

afterAll(async () => {
  await fleet?.close()
})

async function sql(host: LabHost, statement: string): Promise<string> {
  return (await host.must(['mariadb', '-N', '-B'], { stdin: statement })).trim()
}

test('a dry run of role=db on bare hosts reports pending changes without failures and changes nothing', async () => {
  const { exitCode, answer } = await fleet.ask<ApplyResult>(['test', 'role=db', '--detailed-exitcode'])

  expect(exitCode).toBe(5)
  expect(answer.runs.map(({ minion, state }) => `${minion} ${state}`)).toEqual(['db1 done', 'db2 done'])
  const found = answer.runs.flatMap(run => run.results.map(({ outcome }) => outcome))
  expect(found).not.toContain('failed')
  expect(found).toContain('may-change')
  expect((await db1.exec(['which', 'mariadbd'])).exitCode).not.toBe(0)
})

test('an apply of role=db brings both hosts to the declared state and shows no password in any process list', async () => {
  const watcher = db2.spawn([
    'sh',
    '-c',
    'while sleep 0.05; do cat /proc/[0-9]*/cmdline 2>/dev/null | tr "\\0" " "; echo; done',
  ])
  let seen = ''
  watcher.stdout.setEncoding('utf8').on('data', (text: string) => {
    seen += text
  })

  const { exitCode, answer } = await fleet.ask<ApplyResult>(['apply', 'role=db'])
  watcher.kill('SIGKILL')

  expect(answer.runs.flatMap(run => run.results.filter(({ problem }) => problem !== undefined))).toEqual([])
  expect(exitCode).toBe(0)
  expect(answer.runs.every(run => changed(run) > 0)).toBe(true)
  expect(seen).toContain('mariadb')
  expect(seen).not.toContain(REPLICATION_PASSWORD)
})

test('a second apply of role=db changes nothing on any host', async () => {
  const { exitCode, answer } = await fleet.ask<ApplyResult>(['apply', 'role=db'])

  expect(exitCode).toBe(0)
  expect(answer.runs.map(run => `${run.minion} ${changed(run)}`)).toEqual(['db1 0', 'db2 0'])
})

test('a row written on masterdb can be read on the replica, replicated over TLS with GTID', async () => {
  await sql(db1, "CREATE TABLE IF NOT EXISTS shop.light (word TEXT); INSERT INTO shop.light VALUES ('first');")

  const word = await until(
    async () => {
      const found = await db2.exec(['mariadb', '-N', '-B'], { stdin: 'SELECT word FROM shop.light;' })
      return found.stdout.trim() === 'first' ? 'first' : undefined
    },
    { what: 'the row on the replica', timeoutMs: 15_000 },
  )

  const status = await db2.must(['mariadb', '-e', 'SHOW REPLICA STATUS\\G'])
  expect(word).toBe('first')
  expect(status).toMatch(/Slave_IO_Running: Yes/)
  expect(status).toMatch(/Slave_SQL_Running: Yes/)
  expect(status).toMatch(/Master_SSL_Allowed: Yes/)
  expect(status).toMatch(/Using_Gtid: Slave_Pos/)
  expect(await sql(db1, "SELECT COUNT(*) FROM information_schema.processlist WHERE command LIKE 'Binlog Dump%';")).toBe(
    '1',
  )
})

test('MariaDB refuses a login without TLS and a write by an app user on a replica', async () => {
  const login = (host: LabHost, more: readonly string[], statement: string) => {
    const argv = ['mariadb', '-h', host.address, '-u', 'shop', ...more, 'shop', '-e', statement]
    return db2.exec(argv, { env: { MYSQL_PWD: SHOP_PASSWORD } })
  }

  const plain = await login(db1, ['--skip-ssl'], 'SELECT 1')
  const safe = await login(db1, ['--ssl'], 'SELECT word FROM light')
  const write = await login(db2, ['--ssl'], "INSERT INTO light VALUES ('second')")

  expect(`${plain.exitCode} ${plain.stderr}`).toMatch(/^1 .*(1045|3159)/s)
  expect(safe.stdout).toContain('first')
  expect(`${write.exitCode} ${write.stderr}`).toMatch(/^1 .*1290/s)
})

test('the replication password is stored only where MariaDB itself keeps it', async () => {
  const searched = ['/var/lib/saltern', '/srv', '/var/log', '/run', '/tmp', '/etc']
  const grep = (host: LabHost): Promise<string> => {
    return host.exec(['grep', '-rlaF', REPLICATION_PASSWORD, ...searched]).then(({ stdout }) => stdout)
  }
  const journal = (host: LabHost): Promise<string> => host.must(['journalctl', '--no-pager', '-o', 'export'])
  const report = await fleet.must(['--json', 'report', 'db2'])

  expect(await Promise.all([fleet.master, db1, db2].map(grep))).toEqual(['', '', ''])
  for (const host of [fleet.master, db1, db2]) expect(await journal(host)).not.toContain(REPLICATION_PASSWORD)
  expect(report).not.toContain(REPLICATION_PASSWORD)
  // Proves that the search works: the replica must store the password to log in.
  const kept = await db2.exec(['grep', '-rlaF', REPLICATION_PASSWORD, '/var/lib/mysql'])
  expect(kept.stdout).toContain('master.info')
})

test('a dry run reports exactly a stopped service and a manual edit, and an apply repairs both with one restart', async () => {
  await db2.must(['systemctl', 'stop', 'mariadb'])
  await db2.must(['sed', '-i', 's/^max_connections.*/max_connections = 7/', CONFIG])
  const starts = async (): Promise<number> => {
    const log = await db2.must(['journalctl', '-u', 'mariadb', '--no-pager'])
    return log.split('Starting mariadb.service').length - 1
  }
  const before = await starts()

  const tested = await fleet.ask<ApplyResult>(['test', 'role=db', '--detailed-exitcode'])
  const [second, first] = tested.answer.runs

  expect(tested.exitCode).toBe(5)
  expect(outcomes(first).filter(line => line.startsWith('would-change'))).toEqual([
    `would-change file.managed ${CONFIG}`,
    'would-change service.running mariadb',
  ])
  expect(outcomes(first).filter(line => line.startsWith('failed'))).toEqual([])
  expect(outcomes(second)).toEqual([])
  const edited = first?.results.find(({ id }) => id === CONFIG)
  expect(edited?.diff).toContain('-max_connections = 7\n+max_connections = 200')
  expect(await db2.must(['cat', CONFIG])).toContain('max_connections = 7')
  expect((await db2.exec(['systemctl', 'is-active', 'mariadb'])).stdout.trim()).toBe('inactive')

  const applied = await fleet.ask<ApplyResult>(['apply', 'role=db'])

  expect(applied.exitCode).toBe(0)
  expect(await db2.must(['cat', CONFIG])).toContain('max_connections = 200')
  expect((await starts()) - before).toBe(1)
})
