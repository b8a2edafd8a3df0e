import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ApplyResult } from '../../master/jobs/results.ts'
import type { OrphansResult } from '../../master/verbs/orphans.ts'
import type { LabHost } from './lab/host.ts'
import { type LabFleet, MASTER, openLabFleet } from './lab-fleet.ts'

const STAYS = `/etc/stays:
  file.managed: {contents: "x\\n"}
`
const GOES = `less:
  pkg.installed: {}
worker:
  group.present: {}
worker user:
  user.present: {name: worker, gid: worker, require: [{group: worker}]}
goes.service:
  systemd.unit:
    contents: |
      [Service]
      ExecStart=/bin/sleep infinity
      [Install]
      WantedBy=multi-user.target
goes:
  service.running: {enable: true, require: [{systemd: goes.service}]}
/etc/goes:
  file.managed: {contents: "x\\n"}
`

let fleet: LabFleet
let web1: LabHost

beforeAll(async () => {
  fleet = await openLabFleet({
    members: ['web1'],
    level: 'staging',
    files: {
      'inventory.yml': 'web1: {roles: [demo], level: staging}\n',
      'roles/demo/role.yml': 'summary: makes things\n',
      'roles/demo/states.yml': STAYS + GOES,
    },
    secrets: {},
    packages: ['less', 'jq', 'libjq1'],
    log: line => console.log(`orphans: ${line}`),
  })
  web1 = fleet.host('web1')
})
afterAll(async () => {
  await fleet?.close()
})

/** What is on the host of all that the role made. */
async function found(): Promise<readonly string[]> {
  const probes = {
    less: 'dpkg -s less | grep -qx "Status: install ok installed"',
    group: 'getent group worker',
    user: 'getent passwd worker',
    unit: 'test -e /etc/systemd/system/goes.service',
    service: 'systemctl is-active goes',
    file: 'test -e /etc/goes',
    stays: 'test -e /etc/stays',
  }
  const seen = await Promise.all(
    Object.entries(probes).map(async ([name, probe]) => {
      return (await web1.exec(['sh', '-c', probe])).exitCode === 0 ? [name] : []
    }),
  )
  return seen.flat()
}

test('a package, a group, a user, a unit, a service and a file that a role lost are removed as orphans, and a second apply changes nothing', async () => {
  await fleet.must(['apply', 'web1'])
  const made = await found()
  await writeFile(join(fleet.master.root, MASTER.fleet, 'roles/demo/states.yml'), STAYS)
  await fleet.must(['apply', 'web1'])
  const kept = await found()
  const { minions } = JSON.parse(await fleet.must(['--json', 'orphans', 'web1'])) as OrphansResult

  const removed = JSON.parse(await fleet.must(['--json', 'orphans', 'web1', '--remove', '--yes'])) as ApplyResult
  const left = await found()
  const again = JSON.parse(await fleet.must(['--json', 'apply', 'web1'])) as ApplyResult

  expect(made).toEqual(['less', 'group', 'user', 'unit', 'service', 'file', 'stays'])
  expect(kept).toEqual(made)
  expect(minions[0]?.count).toBe(6)
  // Debian removes the group of a user together with the user.
  expect(removed.runs[0]).toMatchObject({ state: 'done', counts: { changed: 5, unchanged: 1 } })
  expect(left).toEqual(['stays'])
  expect(again.runs[0]).toMatchObject({ state: 'done', counts: { unchanged: 1 } })
  expect(again.runs[0]?.orphans).toBeUndefined()
})

test('an orphaned package stays while a package that a role declares depends on it', async () => {
  const states = join(fleet.master.root, MASTER.fleet, 'roles/demo/states.yml')
  await writeFile(states, `${STAYS}libjq1:\n  pkg.installed: {}\njq:\n  pkg.installed: {}\n`)
  await fleet.must(['apply', 'web1'])
  await writeFile(states, `${STAYS}jq:\n  pkg.installed: {}\n`)
  await fleet.must(['apply', 'web1'])

  const { exitCode, answer } = await fleet.ask<ApplyResult>(['orphans', 'web1', '--remove', '--yes'])

  expect(exitCode).toBe(1)
  expect(answer.runs[0]?.results).toMatchObject([
    { type: 'pkg.removed', problem: { message: 'apt would also remove `jq`, which a state of this host installs' } },
  ])
  await web1.must(['jq', '--version'])
})
