import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ApplyResult, JobDetail, ReportResult, RunOutcome } from '../../master/control/answers.ts'
import {
  DB_FILES,
  DB_LEVEL,
  DB_MEMBERS,
  DB_PACKAGES,
  DB_SECRETS,
  REPLICATION_PASSWORD,
  SHOP_PASSWORD,
} from './db-fleet.ts'
import { GATE_FILES, GATE_UNIT } from './gate-role.ts'
import type { LabHost } from './lab/host.ts'
import { until } from './lab/until.ts'
import { type LabFleet, MASTER, MINION_STATE, openLabFleet } from './lab-fleet.ts'

const CONFIG = '/etc/mysql/mariadb.conf.d/60-fleet.cnf'
const WITH_GATE = `db1: {roles: [masterdb], level: staging}
db2: {roles: [db, gate], level: staging}
`

let fleet: LabFleet
let db1: LabHost
let db2: LabHost

beforeAll(async () => {
  fleet = await openLabFleet({
    members: DB_MEMBERS,
    level: DB_LEVEL,
    files: { ...DB_FILES, ...GATE_FILES },
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

/** Runs a verb with --json; its exit code and its answer. */
async function ask<T>(words: readonly string[]): Promise<{ readonly exitCode: number; readonly answer: T }> {
  const { exitCode, stdout, stderr } = await fleet.run(['--json', ...words])
  if (stdout === '') throw new Error(`\`master ${words.join(' ')}\` said nothing (exit ${exitCode}): ${stderr}`)
  return { exitCode, answer: JSON.parse(stdout) as T }
}

function changed({ counts = {} }: RunOutcome): number {
  return counts.changed ?? 0
}

function outcomes(run: RunOutcome | undefined): readonly string[] {
  return (run?.results ?? [])
    .filter(({ outcome }) => outcome !== 'skipped')
    .map(({ outcome, type, id }) => `${outcome} ${type} ${id}`)
}

async function sql(host: LabHost, statement: string): Promise<string> {
  return (await host.must(['mariadb', '-N', '-B'], { stdin: statement })).trim()
}

describe('apply role=db on real hosts', () => {
  test('a test on bare hosts tells what would change, without a false failure, and changes nothing', async () => {
    const { exitCode, answer } = await ask<ApplyResult>(['test', 'role=db', '--detailed-exitcode'])

    expect(exitCode).toBe(5)
    expect(answer.runs.map(({ minion, state }) => `${minion} ${state}`)).toEqual(['db1 done', 'db2 done'])
    const found = answer.runs.flatMap(run => run.results.map(({ outcome }) => outcome))
    expect(found).not.toContain('failed')
    expect(found).toContain('may-change')
    expect((await db1.exec(['which', 'mariadbd'])).exitCode).not.toBe(0)
  })

  test('an apply brings both to what their roles ask for, and shows no password in any process list', async () => {
    const watcher = db2.spawn([
      'sh',
      '-c',
      'while sleep 0.05; do cat /proc/[0-9]*/cmdline 2>/dev/null | tr "\\0" " "; echo; done',
    ])
    let seen = ''
    watcher.stdout.setEncoding('utf8').on('data', (text: string) => {
      seen += text
    })

    const { exitCode, answer } = await ask<ApplyResult>(['apply', 'role=db'])
    watcher.kill('SIGKILL')

    expect(answer.runs.flatMap(run => run.results.filter(({ problem }) => problem !== undefined))).toEqual([])
    expect(exitCode).toBe(0)
    expect(answer.runs.every(run => changed(run) > 0)).toBe(true)
    expect(seen).toContain('mariadb')
    expect(seen).not.toContain(REPLICATION_PASSWORD)
  })

  test('a second apply changes nothing on any host', async () => {
    const { exitCode, answer } = await ask<ApplyResult>(['apply', 'role=db'])

    expect(exitCode).toBe(0)
    expect(answer.runs.map(run => `${run.minion} ${changed(run)}`)).toEqual(['db1 0', 'db2 0'])
  })

  test('a row written on masterdb is read on the replica, over TLS, by GTID', async () => {
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
    expect(
      await sql(db1, "SELECT COUNT(*) FROM information_schema.processlist WHERE command LIKE 'Binlog Dump%';"),
    ).toBe('1')
  })

  test('a login without TLS and a write by an app user on a replica are refused', async () => {
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

  test('the replication password is nowhere but where MariaDB itself keeps it', async () => {
    const searched = ['/var/lib/saltern', '/srv', '/var/log', '/run', '/tmp', '/etc']
    const grep = (host: LabHost): Promise<string> => {
      return host.exec(['grep', '-rlaF', REPLICATION_PASSWORD, ...searched]).then(({ stdout }) => stdout)
    }
    const journal = (host: LabHost): Promise<string> => host.must(['journalctl', '--no-pager', '-o', 'export'])
    const report = await fleet.must(['--json', 'report', 'db2'])

    expect(await Promise.all([fleet.master, db1, db2].map(grep))).toEqual(['', '', ''])
    for (const host of [fleet.master, db1, db2]) expect(await journal(host)).not.toContain(REPLICATION_PASSWORD)
    expect(report).not.toContain(REPLICATION_PASSWORD)
    // The search does find it: the replica must know it to log in.
    const kept = await db2.exec(['grep', '-rlaF', REPLICATION_PASSWORD, '/var/lib/mysql'])
    expect(kept.stdout).toContain('master.info')
  })

  test('a stopped service and a hand edit are exactly what a test names, and an apply repairs them with one restart', async () => {
    await db2.must(['systemctl', 'stop', 'mariadb'])
    await db2.must(['sed', '-i', 's/^max_connections.*/max_connections = 7/', CONFIG])
    const starts = async (): Promise<number> => {
      const log = await db2.must(['journalctl', '-u', 'mariadb', '--no-pager'])
      return log.split('Starting mariadb.service').length - 1
    }
    const before = await starts()

    const tested = await ask<ApplyResult>(['test', 'role=db', '--detailed-exitcode'])
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

    const applied = await ask<ApplyResult>(['apply', 'role=db'])

    expect(applied.exitCode).toBe(0)
    expect(await db2.must(['cat', CONFIG])).toContain('max_connections = 200')
    expect((await starts()) - before).toBe(1)
  })
})

describe('kills and boots', () => {
  const gateOpen = async (): Promise<void> => void (await db2.must(['touch', '/run/gate.open']))
  const closeGate = async (): Promise<void> => {
    await db2.must(['sh', '-c', 'rm -f /run/gate.open; test -p /run/gate.fifo || mkfifo /run/gate.fifo'])
  }
  const atTheGate = (): Promise<true> => {
    return until(
      async () => ((await db2.exec(['pgrep', '-f', '^cat /run/gate.fifo'])).exitCode === 0 ? true : undefined),
      {
        what: 'the apply to reach the gate',
        timeoutMs: 30_000,
        evidence: async () => (await db2.exec(['journalctl', '-u', 'saltern-minion', '-n', '30', '--no-pager'])).stdout,
      },
    )
  }
  const passGate = async (): Promise<void> => void (await db2.must(['sh', '-c', 'echo go > /run/gate.fifo']))
  const mainPid = async (): Promise<string> =>
    (await db2.must(['systemctl', 'show', '-p', 'MainPID', '--value', 'gate'])).trim()
  const setGate = (value: string): Promise<void> => {
    return fleet.master.writeFile(`${MASTER.fleet}/pillar/common.yml`, `gate:\n  setting: ${value}\n`)
  }
  const finalJob = (job: string): Promise<JobDetail> => {
    return until(
      async () => {
        const { answer } = await ask<JobDetail>(['jobs', job])
        return answer.runs.every(({ state }) => ['done', 'failed', 'cancelled', 'expired'].includes(state))
          ? answer
          : undefined
      },
      { what: `the final outcome of ${job}`, timeoutMs: 60_000, everyMs: 250 },
    )
  }
  const latestJob = async (): Promise<string> => {
    const { answer } = await ask<{ jobs: readonly { job: string }[] }>(['jobs', '--limit', '1'])
    return answer.jobs[0]?.job ?? ''
  }
  const reportsOf = async (job: string): Promise<ReportResult['reports']> => {
    return (await ask<ReportResult>(['report', job])).answer.reports
  }

  beforeAll(async () => {
    await fleet.master.writeFile(`${MASTER.fleet}/inventory.yml`, WITH_GATE)
    await db2.writeFile('/etc/systemd/system/gate.service', GATE_UNIT)
    await db2.must(['systemctl', 'daemon-reload'])
    await gateOpen()
    await fleet.must(['apply', 'db2'])
  })

  test('kill -9 of the minion: an honest report, exactly once, and the owed restart is paid in the next run', async () => {
    await setGate('second')
    await closeGate()
    const pidBefore = await mainPid()
    const applying = fleet.run(['apply', 'db2'])
    await atTheGate()
    const job = await latestJob()

    await db2.must(['systemctl', 'kill', '-s', 'KILL', 'saltern-minion'])
    const { exitCode } = await applying

    expect(exitCode).toBe(1)
    const detail = await finalJob(job)
    expect(detail.runs.map(({ state }) => state)).toEqual(['failed'])
    const [report, ...more] = await reportsOf(job)
    expect(more).toEqual([])
    const gate = (report?.results ?? []).filter(({ role }) => role === 'gate')
    expect(gate.map(({ id, outcome }) => `${id}: ${outcome}`)).toEqual([
      '/etc/gate.conf: changed',
      'pass the gate: interrupted',
      'gate: not-run',
    ])
    expect(report?.owed.map(({ state }) => state)).toContain('gate/service.running/gate')
    expect(await mainPid()).toBe(pidBefore)
    expect((await db2.exec(['pgrep', '-f', '^cat /run/gate.fifo'])).exitCode).toBe(1)

    await gateOpen()
    await fleet.allHere()
    const next = await ask<ApplyResult>(['apply', 'db2'])
    expect(next.exitCode).toBe(0)
    expect(outcomes(next.answer.runs[0])).toEqual(['changed service.running gate'])
    expect(await mainPid()).not.toBe(pidBefore)
    const third = await ask<ApplyResult>(['apply', 'db2'])
    expect(changed(third.answer.runs[0] as RunOutcome)).toBe(0)
  })

  test('kill -9 of the master: the run goes on, and its report arrives exactly once', async () => {
    await setGate('third')
    await closeGate()
    const applying = fleet.run(['apply', 'db2'])
    await atTheGate()
    const job = await latestJob()

    await fleet.master.must(['systemctl', 'kill', '-s', 'KILL', 'saltern-master'])
    expect((await applying).exitCode).not.toBe(0)
    await passGate()
    await until(async () => ((await fleet.run(['status'])).exitCode === 0 ? true : undefined), {
      what: 'the master to be back',
      timeoutMs: 30_000,
    })

    const detail = await finalJob(job)
    expect(detail.runs.map(({ state }) => state)).toEqual(['done'])
    const reports = await reportsOf(job)
    expect(reports.length).toBe(1)
    expect(reports[0]?.results.filter(({ role }) => role === 'gate').map(({ outcome }) => outcome)).toEqual([
      'changed',
      'changed',
      'changed',
    ])
    await gateOpen()
  })

  test('a minion that boots while the master is down applies its cached catalog, and its report arrives later', async () => {
    await db2.must(['systemctl', 'enable', 'saltern-minion'])
    await fleet.master.must(['systemctl', 'stop', 'saltern-master'])
    await db2.must(['sh', '-c', 'echo edited > /etc/motd'])
    // /run is empty after a boot: the gate must be open before the minion starts.
    await db2.writeFile('/etc/tmpfiles.d/gate.conf', 'f /run/gate.open 0644 root root -\n')

    await db2.reboot()
    await until(async () => ((await db2.readFile('/etc/motd')).includes('STAGING') ? true : undefined), {
      what: 'the cached catalog to be applied',
      timeoutMs: 60_000,
      everyMs: 250,
      evidence: async () => (await db2.exec(['journalctl', '-u', 'saltern-minion', '-n', '30', '--no-pager'])).stdout,
    })
    await fleet.master.must(['systemctl', 'start', 'saltern-master'])

    const booted = await until(
      async () => {
        const asked = await fleet.run(['--json', 'report', 'db2'])
        if (asked.exitCode !== 0 && asked.exitCode !== 1) return undefined
        const report = (JSON.parse(asked.stdout) as ReportResult).reports[0]
        return report?.origin === 'boot' ? report : undefined
      },
      { what: 'the report of the boot', timeoutMs: 60_000, everyMs: 250 },
    )
    expect(booted.results.find(({ id }) => id === '/etc/motd')?.outcome).toBe('changed')
    expect(booted.state).toBe('done')
    const waiting = await db2.must(['find', `${MINION_STATE}/outbox`, '-name', '*.report'])
    expect(waiting).toBe('')
  })
})
