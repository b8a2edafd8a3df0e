import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ApplyResult, RunOutcome } from '../../master/jobs/results.ts'
import type { JobDetail, ReportResult } from '../../master/verbs/jobs.ts'
import { BASE_PACKAGES } from './base-packages.ts'
import { GATE_FILES, GATE_UNIT } from './gate-role.ts'
import type { LabHost } from './lab/host.ts'
import { until } from './lab/until.ts'
import { type LabFleet, MASTER, MINION_STATE, openLabFleet } from './lab-fleet.ts'
import { changed, outcomes } from './run-words.ts'

let fleet: LabFleet
let web1: LabHost

beforeAll(async () => {
  fleet = await openLabFleet({
    members: ['web1'],
    level: 'staging',
    files: {
      ...GATE_FILES,
      'inventory.yml': 'web1: {roles: [base, gate], level: staging}\n',
      'pillar/common.yml': 'base: {parts: []}\n',
    },
    secrets: {},
    packages: BASE_PACKAGES,
    log: line => console.log(`kills: ${line}`),
  })
  web1 = fleet.host('web1')
  await web1.writeFile('/etc/systemd/system/gate.service', GATE_UNIT)
  await web1.must(['systemctl', 'daemon-reload'])
  await web1.must(['touch', '/run/gate.open'])
  await fleet.must(['apply', 'web1'])
})

afterAll(async () => {
  await fleet?.close()
})

describe('kills and boots', () => {
  const gateOpen = async (): Promise<void> => void (await web1.must(['touch', '/run/gate.open']))
  const closeGate = async (): Promise<void> => {
    await web1.must(['sh', '-c', 'rm -f /run/gate.open; test -p /run/gate.fifo || mkfifo /run/gate.fifo'])
  }
  const atTheGate = (): Promise<true> => {
    return until(
      async () => ((await web1.exec(['pgrep', '-f', '^cat /run/gate.fifo'])).exitCode === 0 ? true : undefined),
      {
        what: 'the apply to reach the gate',
        timeoutMs: 30_000,
        evidence: async () =>
          (await web1.exec(['journalctl', '-u', 'saltern-minion', '-n', '30', '--no-pager'])).stdout,
      },
    )
  }
  const passGate = async (): Promise<void> => void (await web1.must(['sh', '-c', 'echo go > /run/gate.fifo']))
  const mainPid = async (): Promise<string> =>
    (await web1.must(['systemctl', 'show', '-p', 'MainPID', '--value', 'gate'])).trim()
  const setGate = (value: string): Promise<void> => {
    return fleet.master.writeFile(
      `${MASTER.fleet}/pillar/common.yml`,
      `base: {parts: []}\ngate:\n  setting: ${value}\n`,
    )
  }
  const finalJob = (job: string): Promise<JobDetail> => {
    return until(
      async () => {
        const { answer } = await fleet.ask<JobDetail>(['jobs', job])
        return answer.runs.every(({ state }) => ['done', 'failed', 'cancelled', 'expired'].includes(state))
          ? answer
          : undefined
      },
      { what: `the final outcome of ${job}`, timeoutMs: 60_000, everyMs: 250 },
    )
  }
  const latestJob = async (): Promise<string> => {
    const { answer } = await fleet.ask<{ jobs: readonly { job: string }[] }>(['jobs', '--limit', '1'])
    return answer.jobs[0]?.job ?? ''
  }
  const reportsOf = async (job: string): Promise<ReportResult['reports']> => {
    return (await fleet.ask<ReportResult>(['report', job])).answer.reports
  }

  test('after kill -9 of the minion the report is accurate and arrives once, and the pending restart runs on the next apply', async () => {
    await setGate('second')
    await closeGate()
    const pidBefore = await mainPid()
    const applying = fleet.run(['apply', 'web1'])
    await atTheGate()
    const job = await latestJob()

    await web1.must(['systemctl', 'kill', '-s', 'KILL', 'saltern-minion'])
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
    expect((await web1.exec(['pgrep', '-f', '^cat /run/gate.fifo'])).exitCode).toBe(1)

    await gateOpen()
    await fleet.allHere()
    const next = await fleet.ask<ApplyResult>(['apply', 'web1'])
    expect(next.exitCode).toBe(0)
    expect(outcomes(next.answer.runs[0])).toEqual(['changed service.running gate'])
    expect(await mainPid()).not.toBe(pidBefore)
    const third = await fleet.ask<ApplyResult>(['apply', 'web1'])
    expect(changed(third.answer.runs[0] as RunOutcome)).toBe(0)
  })

  test('after kill -9 of the master the run continues and its report arrives exactly once', async () => {
    await setGate('third')
    await closeGate()
    const applying = fleet.run(['apply', 'web1'])
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

  test('a minion that boots while the master is down applies its cached catalog and delivers the report later', async () => {
    await web1.must(['systemctl', 'enable', 'saltern-minion'])
    await fleet.master.must(['systemctl', 'stop', 'saltern-master'])
    await web1.must(['sh', '-c', 'echo edited > /etc/motd'])
    // /run is empty after a boot, but the gate must be open before the minion starts.
    await web1.writeFile('/etc/tmpfiles.d/gate.conf', 'f /run/gate.open 0644 root root -\n')

    await web1.reboot()
    await until(async () => ((await web1.readFile('/etc/motd')).includes('STAGING') ? true : undefined), {
      what: 'the cached catalog to be applied',
      timeoutMs: 60_000,
      everyMs: 250,
      evidence: async () => (await web1.exec(['journalctl', '-u', 'saltern-minion', '-n', '30', '--no-pager'])).stdout,
    })
    await fleet.master.must(['systemctl', 'start', 'saltern-master'])

    const booted = await until(
      async () => {
        const asked = await fleet.run(['--json', 'report', 'web1'])
        if (asked.exitCode !== 0 && asked.exitCode !== 1) return undefined
        const report = (JSON.parse(asked.stdout) as ReportResult).reports[0]
        return report?.origin === 'boot' ? report : undefined
      },
      { what: 'the report of the boot', timeoutMs: 60_000, everyMs: 250 },
    )
    expect(booted.results.find(({ id }) => id === '/etc/motd')?.outcome).toBe('changed')
    expect(booted.state).toBe('done')
    const waiting = await web1.must(['find', `${MINION_STATE}/outbox`, '-name', '*.report'])
    expect(waiting).toBe('')
  })
})
