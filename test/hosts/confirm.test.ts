import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ApplyResult } from '../../master/jobs/results.ts'
import type { JobDetail } from '../../master/verbs/jobs.ts'
import type { LabHost } from './lab/host.ts'
import { until } from './lab/until.ts'
import { type LabFleet, MASTER, MINION_STATE, openLabFleet } from './lab-fleet.ts'

const RULES = '/etc/nftables.conf'
/** Accepts all traffic, or drops everything including the existing connection. */
const ruleset = (policy: 'accept' | 'drop'): string => `flush ruleset
table inet wall {
  chain input { type filter hook input priority 0; policy ${policy}; }
  chain output { type filter hook output priority 0; policy ${policy}; }
}
`

const roleWith = (policy: 'accept' | 'drop', confirm: number): string => `nftables:
  pkg.installed: {}
${RULES}:
  file.managed:
    require: [{pkg: nftables}]
    contents: ${JSON.stringify(ruleset(policy))}
    check_cmd: [nft, -c, -f, "{path}"]
    confirm: ${confirm}
firewall:
  service.running:
    name: nftables
    enable: true
    watch: [{file: ${RULES}}]
`

let fleet: LabFleet
let web1: LabHost

beforeAll(async () => {
  fleet = await openLabFleet({
    members: ['web1'],
    level: 'staging',
    files: {
      'roles/wall/role.yml': 'summary: a firewall\n',
      'roles/wall/states.yml': roleWith('accept', 10),
      'inventory.yml': 'web1: {roles: [wall], level: staging}\n',
    },
    secrets: {},
    packages: ['ca-certificates', 'procps', 'nftables'],
    log: line => console.log(`confirm: ${line}`),
  })
  web1 = fleet.host('web1')
  await fleet.must(['apply', 'web1'])
})

afterAll(async () => {
  await fleet?.close()
})

describe('a firewall change that cuts the minion off', () => {
  const setRole = (policy: 'accept' | 'drop', confirm: number): Promise<void> => {
    return fleet.master.writeFile(`${MASTER.fleet}/roles/wall/states.yml`, roleWith(policy, confirm))
  }
  const isCutOff = async (): Promise<boolean> => (await web1.must(['nft', 'list', 'ruleset'])).includes('policy drop')
  const journal = async (): Promise<string> =>
    (await web1.exec(['journalctl', '-u', 'saltern-minion', '-n', '40', '--no-pager'])).stdout
  const outcomes = (results: readonly { readonly id: string; readonly outcome: string }[]): readonly string[] =>
    results.map(({ id, outcome }) => `${id} ${outcome}`)

  test('a firewall change that cuts the minion off is reverted automatically and reported as reverted', async () => {
    await setRole('drop', 10)

    const { exitCode, answer } = await fleet.ask<ApplyResult>(['apply', 'web1'])

    expect(exitCode).toBe(1)
    expect(answer.runs).toHaveLength(1)
    expect(answer.runs[0]?.state).toBe('failed')
    expect(outcomes(answer.runs[0]?.results ?? [])).toContain(`${RULES} reverted`)
    const reverted = answer.runs[0]?.results.find(({ outcome }) => outcome === 'reverted')
    expect(reverted?.problem?.code).toBe('NOT_CONFIRMED')
    expect(await isCutOff()).toBe(false)
    expect(await web1.must(['cat', RULES])).toBe(ruleset('accept'))
    expect((await fleet.run(['ping', 'web1'])).exitCode).toBe(0)
  })

  test('a firewall change that cuts the minion off is reverted even when the minion is killed inside the confirm window', async () => {
    await setRole('drop', 300)
    const applying = fleet.run(['--json', 'apply', 'web1'])
    await until(async () => ((await isCutOff()) ? true : undefined), {
      what: 'the host to cut itself off',
      timeoutMs: 60_000,
      evidence: journal,
    })
    expect((await web1.exec(['test', '-e', `${MINION_STATE}/confirm.json`])).exitCode).toBe(0)

    await web1.must(['systemctl', 'kill', '-s', 'KILL', 'saltern-minion'])
    await until(async () => ((await isCutOff()) ? undefined : true), {
      what: 'the rules to be put back',
      timeoutMs: 60_000,
      evidence: journal,
    })
    const { job } = JSON.parse((await applying).stdout) as ApplyResult
    const detail = await until(
      async () => {
        const { answer } = await fleet.ask<JobDetail>(['jobs', job])
        return answer.runs.every(({ state }) => state === 'failed') ? answer : undefined
      },
      { what: 'the report of the run', timeoutMs: 60_000, evidence: journal },
    )

    expect(outcomes(detail.runs[0]?.results ?? [])).toContain(`${RULES} reverted`)
    expect((await web1.exec(['test', '-e', `${MINION_STATE}/confirm.json`])).exitCode).toBe(1)
    expect(await web1.must(['cat', RULES])).toBe(ruleset('accept'))
  })

  test('a firewall change that keeps the master reachable stays', async () => {
    await setRole('accept', 10)
    await fleet.master.must([
      'sed',
      '-i',
      's/table inet wall/table inet gate/',
      `${MASTER.fleet}/roles/wall/states.yml`,
    ])

    const { exitCode, answer } = await fleet.ask<ApplyResult>(['apply', 'web1'])

    expect(exitCode).toBe(0)
    expect(outcomes(answer.runs[0]?.results ?? [])).toContain(`${RULES} changed`)
    expect(await web1.must(['nft', 'list', 'ruleset'])).toContain('table inet gate')
  })
})
