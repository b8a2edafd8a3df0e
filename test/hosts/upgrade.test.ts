import { basename } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ApplyResult } from '../../master/jobs/results.ts'
import type { StatusResult } from '../../master/verbs/status.ts'
import type { Packages } from '../../scripts/package/build.ts'
import { labDebs } from './debs.ts'
import type { LabHost } from './lab/host.ts'
import { defaultCacheDir } from './lab/lab.ts'
import { until } from './lab/until.ts'
import { type LabFleet, MASTER, openLabFleet } from './lab-fleet.ts'
import { operatorAt } from './operator.ts'
import { changed } from './run-words.ts'

/* Upgrades a fleet from version 0.0.1 to 0.0.2 with the packages as shipped, and removes it again, following docs/install.md. */

let fleet: LabFleet
let master: LabHost
let db1: LabHost
let db2: LabHost
let newer: Packages
const { typed, type, bring, ask, online } = operatorAt(() => master)

beforeAll(async () => {
  const log = (line: string): void => console.log(`upgrade: ${line}`)
  newer = await labDebs(defaultCacheDir(), { version: '0.0.2', compression: 'small', log })
  fleet = await openLabFleet({
    members: ['db1', 'db2'],
    level: 'staging',
    files: {
      'inventory.yml': 'db1: {roles: [newer]}\n',
      'roles/newer/role.yml': 'summary: brings the minion up to date\n',
      'roles/newer/states.yml': `newer minion:
  cmd.run:
    cmd: [apt-get, install, -y, /root/${basename(newer.minion)}]
    unless: [sh, -c, "dpkg-query -W -f '\${Version}' saltern-minion | grep -qx 0.0.2"]
/etc/after:
  file.managed: {contents: after, require: [{cmd.run: newer minion}]}
`,
    },
    secrets: {},
    log,
  })
  master = fleet.master
  db1 = fleet.host('db1')
  db2 = fleet.host('db2')
  await bring(master, newer.master)
  await bring(db1, newer.minion)
})

afterAll(async () => {
  await fleet?.close()
})

/** Resolves when a minion is online with a version; returns the versions of all. */
async function whenVersion(id: string, version: string): Promise<{ readonly [id: string]: string | undefined }> {
  return until(
    async () => {
      const minions = await online('db1', 'db2')
      const versions = Object.fromEntries(minions.map(row => [row.minion, row.version]))
      return versions[id] === version ? versions : undefined
    },
    { what: `${id} as version ${version}`, timeoutMs: 30_000, everyMs: 250 },
  )
}

test('an upgrade of the master restarts it and keeps its settings, and the minions reconnect', async () => {
  const pid = (): Promise<string> => master.must(['systemctl', 'show', '-p', 'MainPID', '--value', 'saltern-master'])
  const settings = `${await master.readFile('/etc/saltern/master.yml')}name: edited\n`
  await master.writeFile('/etc/saltern/master.yml', settings)
  const before = await pid()
  await typed(master, 'apt-get install -y ./saltern-master_*.deb')
  await online('db1', 'db2')

  expect(await pid()).not.toBe(before)
  expect(await ask<StatusResult>('status')).toMatchObject({ version: '0.0.2', master: 'edited' })
  expect(await master.readFile('/etc/saltern/master.yml')).toBe(settings)
  expect(await master.must(['ls', '/usr/lib/saltern/master/packages'])).toBe(`${basename(newer.minion)}\n`)
  expect((await master.exec(['systemctl', 'is-enabled', 'saltern-master'])).stdout).toBe('enabled\n')
})

test('an upgrade of a minion over its own link completes, and the minion reconnects', async () => {
  await typed(
    master,
    'master cp /usr/lib/saltern/master/packages/saltern-minion_*_amd64.deb db2:/root/saltern-minion.deb',
  )
  const said = await typed(master, 'master run db2 -- apt-get install -y /root/saltern-minion.deb')

  expect(said).toContain('Setting up saltern-minion (0.0.2)')
  expect(await db2.must(['dpkg', '--audit'])).toBe('')
  expect(await whenVersion('db2', '0.0.2')).toEqual({ db1: '0.0.1', db2: '0.0.2' })
})

test('a minion can be upgraded by a state of its own apply, and the apply runs to its end', async () => {
  const first = await ask<ApplyResult>('apply', 'db1')

  expect(first.runs.map(run => `${run.state} ${changed(run)}`)).toEqual(['done 2'])
  expect(await whenVersion('db1', '0.0.2')).toEqual({ db1: '0.0.2', db2: '0.0.2' })
  expect(await db1.readFile('/etc/after')).toBe('after')
  const second = await ask<ApplyResult>('apply', 'db1')
  expect(second.runs.map(run => `${run.state} ${changed(run)}`)).toEqual(['done 0'])
})

test('a removed minion keeps its keys and has the same identity when it is installed again', async () => {
  await typed(db2, 'apt-get remove -y saltern-minion')
  await online('db1')
  await bring(db2, newer.minion)
  const again = await type(db2, 'apt-get install -y ./saltern-minion_*.deb')

  expect(again).toMatchObject({ exitCode: 0 })
  await online('db1', 'db2')
})

test('a purged minion leaves no keys behind', async () => {
  await typed(db2, 'apt-get purge -y saltern-minion')
  await online('db1')

  for (const path of ['/var/lib/saltern', '/usr/lib/saltern', '/usr/bin/minion']) {
    expect((await db2.exec(['test', '-e', path])).exitCode, path).toBe(1)
  }
  expect((await db2.exec(['systemctl', 'cat', 'saltern-minion'])).exitCode).not.toBe(0)
})

test('purging the master keeps only the fleet and its keys', async () => {
  const said = await typed(master, 'apt-get purge -y saltern-master')

  expect(said).toContain('stay in /var/lib/saltern/master')
  expect(await master.must(['ls', MASTER.state])).toContain('identity')
  expect(await master.must(['ls', MASTER.fleet])).toContain('fleet.yml')
  for (const path of ['/etc/saltern/master.yml', '/usr/lib/saltern', '/usr/bin/master', '/run/saltern']) {
    expect((await master.exec(['test', '-e', path])).exitCode, path).toBe(1)
  }
  expect(await master.readFile('/etc/shells')).not.toContain('saltern')
})
