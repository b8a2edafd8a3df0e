import { copyFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { BackupResult } from '../../master/cli/render/move.ts'
import type { AuditRow } from '../../master/control/audit-row.ts'
import type { ApplyResult, JobRow } from '../../master/jobs/results.ts'
import type { StatusResult } from '../../master/verbs/status.ts'
import type { Packages } from '../../scripts/package/build.ts'
import { labDebs } from './debs.ts'
import type { LabHost } from './lab/host.ts'
import { defaultCacheDir, type Lab, openLab } from './lab/lab.ts'
import { keysBelow, typedWithPassphrase } from './opened-backup.ts'
import { INSTALL, introduce, operatorAt } from './operator.ts'

/* Sets up a fleet from bare hosts and the two packages by docs/install.md alone, and moves its master to another machine. */

const BACKUP = '/var/backups/saltern.backup'
const PASSPHRASE = 'ten thousand hills of salt\n'
const SECRET = 'canary-salt-1d0c77aa'
const FLEET_FILES = {
  'inventory.yml': 'db1: {roles: [note]}\n',
  'pillar/top.yml': '- match: "*"\n  files: [note]\n',
  'roles/note/role.yml': `summary: a note
pillar:
  note.secret: {type: secret}
  note.rest: {type: text, default: plain}
`,
  'roles/app/role.yml': 'summary: says its level\n',
  'roles/app/states.yml': '/etc/app:\n  file.managed: {contents: "{{minion.level}}"}\n',
  'roles/note/states.yml': `/etc/note:
  file.managed: {contents: "{{pillar.note.secret}}", mode: "0600"}
/etc/rest:
  file.managed: {contents: "{{pillar.note.rest}}"}
`,
}

let lab: Lab
let debs: Packages
/** The machine of the master; a different one after the restore. */
let master: LabHost
let db1: LabHost
let db2: LabHost
const { type, typed, bring, say, ask, online } = operatorAt(() => master)

beforeAll(async () => {
  const log = (line: string): void => console.log(`install: ${line}`)
  debs = await labDebs(defaultCacheDir(), { version: '0.0.2', compression: 'small', log })
  lab = await openLab({
    packages: [
      'git',
      'less',
      'patch',
      'xauth',
      'openssh-client',
      'openssh-server',
      'sudo',
      'age',
      'ca-certificates',
      'procps',
    ],
    log,
  })
  ;[master, db1, db2] = await Promise.all([
    lab.host({ name: 'master' }),
    lab.host({ name: 'db1' }),
    lab.host({ name: 'db2' }),
  ])
  await introduce([master, db1, db2])
  await db1.must([...INSTALL, 'openssh-server'], { timeoutMs: 300_000 })
  await Promise.all([bring(master, debs.master), bring(db2, debs.minion)])
})

afterAll(async () => {
  await lab?.close()
})

/** Finds when a unit last logged a line with these words, in milliseconds of the clock that all hosts of the lab share. */
async function lastLine(host: LabHost, unit: string, words: string): Promise<{ readonly atMs: number }> {
  const lines = await host.must(['journalctl', '-u', unit, '-o', 'short-unix', '--no-pager'])
  const last = lines.split('\n').findLast(line => line.includes(words))
  if (last === undefined) throw new Error(`${unit} never wrote ${words}: ${lines.slice(-2000)}`)
  return { atMs: Number(last.split(' ')[0]) * 1000 }
}

test('the master package installs without prompting and does not start the service', async () => {
  await typed(master, 'apt-get install -y ./saltern-master_*.deb')

  expect((await master.exec(['systemctl', 'is-active', 'saltern-master'])).stdout.trim()).toBe('inactive')
  expect((await master.exec(['which', 'node'])).exitCode).not.toBe(0)
  expect((await say(['status'])).stderr).toContain('MASTER_NOT_RUNNING')
})

test('a packaged master creates a fleet, starts at boot and reports its status', async () => {
  await typed(master, 'master init /srv/fleet')
  await master.must(['chmod', '750', '/srv/fleet'])
  for (const [path, text] of Object.entries(FLEET_FILES)) await master.writeFile(`/srv/fleet/${path}`, text)
  const settings = await master.readFile('/etc/saltern/master.yml')
  expect(settings).toContain('#metrics: 127.0.0.1:9476\n')
  const set = settings.replace(/^#address:.*$/m, 'address: master.example:7443').replace('#metrics', 'metrics')
  await master.writeFile('/etc/saltern/master.yml', set)
  // Both lines of the page at once: systemd considers the unit started only when the master responds.
  const said = await master.must(['sh', '-c', 'systemctl enable --now saltern-master && master status'])

  expect(said).toContain('0.0.2')
  expect(await typed(master, 'master status')).toContain('0.0.2')
  expect(await say(['pillar', 'set', 'note.secret', '--file', 'note'], SECRET)).toMatchObject({ exitCode: 0 })
})

test('the master package ships the documentation pages and the alert rules they refer to', async () => {
  const papers = '/usr/share/doc/saltern-master'

  expect(await master.readFile(`${papers}/install.md`)).toContain('# Install')
  expect(await master.readFile(`${papers}/monitoring.md`)).toContain(`${papers}/monitoring/saltern.rules.yml`)
  expect(await master.readFile(`${papers}/monitoring/saltern.rules.yml`)).toContain('alert: ')
})

test('minions join with the two commands that join-token create prints', async () => {
  const { stdout: token, stderr } = await type(master, 'master join-token create --level staging --id db2')
  const lines = stderr.split('\n').flatMap(line => (line.startsWith('  ') ? [line.trim()] : []))
  const [install = '', join = ''] = lines
  expect(lines).toEqual([
    expect.stringMatching(/^apt-get install \.\/saltern-minion_0\.0\.2_[a-z0-9]+\.deb$/),
    'minion join --master master.example:7443 --id db2',
  ])

  await db2.must(['sh', '-c', install], { env: { DEBIAN_FRONTEND: 'readline' }, timeoutMs: 120_000 })
  const joined = await db2.must(['sh', '-c', join], { stdin: token })

  expect(joined).toContain('joined master.example:7443 as db2')
  await online('db2')
  expect(await db2.must(['minion', 'status'])).toMatch(/^id +db2$/m)
})

test('`master bootstrap` installs a minion over ssh and joins it with one command', async () => {
  await master.must(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', '/root/.ssh/id_ed25519'])
  await db1.writeFile('/root/.ssh/authorized_keys', await master.readFile('/root/.ssh/id_ed25519.pub'), '0600')
  await master.must(['sh', '-c', 'ssh-keyscan db1.example >/root/.ssh/known_hosts'])

  const said = await typed(master, 'master bootstrap db1.example --level staging --role app')

  expect(said).toContain('joining db1 to master.example:7443')
  expect(said).toContain('db1 is online, version 0.0.2')
  const minions = await online('db1', 'db2')
  expect(minions.map(({ minion, level, roles }) => `${minion} ${level} ${roles.join()}`)).toEqual([
    'db1 staging app,note',
    'db2 staging ',
  ])
  expect((await db1.exec(['ls', '/var/tmp'])).stdout).not.toContain('saltern')
})

test('minions reconnect soon after a restart of the master', async () => {
  await master.must(['systemctl', 'restart', 'saltern-master'])
  await online('db1', 'db2')
  const ready = await lastLine(master, 'saltern-master', '"the master is ready"')
  const back = await Promise.all([db1, db2].map(host => lastLine(host, 'saltern-minion', '"link-ready"')))

  for (const line of back) expect(line.atMs - ready.atMs).toBeLessThan(10_000)
})

test('an apply brings minions installed from packages to the declared state', async () => {
  const { runs } = await ask<ApplyResult>('apply', '*')

  expect(runs.map(({ minion, state }) => `${minion} ${state}`).sort()).toEqual(['db1 done', 'db2 done'])
  expect(await db1.readFile('/etc/note')).toBe(SECRET)
  expect(await db1.readFile('/etc/app')).toBe('staging')
})

describe('the move to another machine', () => {
  let jobs: readonly JobRow[]
  let acts: readonly AuditRow[]
  let report: string
  let status: StatusResult

  test('a backup that runs out of disk space leaves no file and reports the error', async () => {
    await master.writeFile('/root/passphrase', PASSPHRASE, '0600')
    await master.must(['sh', '-c', 'mkdir -p /mnt/full && mount -t tmpfs -o size=16k tmpfs /mnt/full'])
    const noFile = await say(['backup', '--passphrase-file', '/root/passphrase', '/mnt/full/saltern.backup'])
    const left = await master.must(['ls', '-A', '/mnt/full'])
    const fill = 'cp -a /var/lib/saltern/master /mnt/full/state && head -c 32m /dev/zero >/mnt/full/rest; true'
    await master.must(['sh', '-c', `mount -o remount,size=24m /mnt/full; ${fill}`])
    const places = ['--state', '/mnt/full/state', '--fleet', '/srv/fleet']
    const noCopy = await say(['backup', ...places, '--passphrase-file', '/root/passphrase', BACKUP])
    const remains = await master.must(['ls', '-A', '/mnt/full/state'])
    await master.must(['umount', '/mnt/full'])

    expect(`${noFile.exitCode} ${noFile.stderr}`).toMatch(/^1 .*BACKUP_FAILED.*Free some space/s)
    expect(left).toBe('')
    expect(`${noCopy.exitCode} ${noCopy.stderr}`).toMatch(/^1 .*(BACKUP_FAILED|STORE_UNREADABLE).*Free some space/s)
    expect(remains).not.toContain('.backup-')
    expect((await master.exec(['test', '-e', BACKUP])).exitCode).toBe(1)
  })

  test('a backup is one file that reveals nothing without its passphrase', async () => {
    await typed(master, 'master backup --passphrase-file /root/passphrase /var/backups/saltern.backup')
    const made = await ask<BackupResult>('backup', '--passphrase-file', '/root/passphrase', BACKUP)

    expect(made).toMatchObject({ file: BACKUP, minions: 2, jobs: 1 })
    expect(await master.must(['stat', '-c', '%a %U', BACKUP])).toBe('600 root\n')
    expect((await master.exec(['grep', '-caE', `${SECRET}|fleet.yml|PRIVATE KEY`, BACKUP])).stdout).toBe('0\n')
    jobs = (await ask<{ jobs: readonly JobRow[] }>('jobs')).jobs
    acts = (await ask<{ acts: readonly AuditRow[] }>('audit')).acts
    report = await master.must(['master', 'report', 'db1'])
    status = await ask<StatusResult>('status')
  })

  test('a backup can be opened without Saltern, with age and tar', async () => {
    const opened = (line: string): Promise<string> => typedWithPassphrase(db1, line, PASSPHRASE.trim())
    await typed(db1, 'apt-get install -y age')
    await copyFile(join(master.root, BACKUP), join(db1.root, 'root/saltern.backup'))
    const listed = await opened('age --decrypt /root/saltern.backup | tar --list --gzip')
    await typed(db1, 'mkdir -m 0700 /root/opened')
    await opened('age --decrypt /root/saltern.backup | tar --extract --gzip --directory /root/opened')

    expect(listed).toMatch(/^manifest\.json$(?:.|\n)*^state\/saltern\.db$/m)
    expect(await db1.readFile('/root/opened/fleet/inventory.yml')).toBe(FLEET_FILES['inventory.yml'])
    expect(await db1.readFile('/root/opened/settings/master.yml')).toBe(
      await master.readFile('/etc/saltern/master.yml'),
    )
    expect(await keysBelow(db1, '/root/opened/state')).toBe(await keysBelow(master, '/var/lib/saltern/master'))
    expect(await db1.must(['head', '-c', '15', '/root/opened/state/saltern.db'])).toBe('SQLite format 3')
    expect(await db1.must(['stat', '-c', '%a', '/root/opened/state', '/root/opened/fleet'])).toBe('700\n750\n')
  })

  test('restore changes nothing for a truncated file, a wrong passphrase, or a machine that already runs a master', async () => {
    await master.must(['sh', '-c', `head -c -1 ${BACKUP} >/root/cut.backup`])
    const cut = await say(['restore', '/root/cut.backup'], PASSPHRASE)
    const wrong = await say(['restore', BACKUP], 'not the right words\n')
    const running = await say(['restore', '--replace', BACKUP], PASSPHRASE)
    await master.must(['systemctl', 'stop', 'saltern-master'])
    const full = await say(['restore', BACKUP], PASSPHRASE)
    await master.must(['systemctl', 'start', 'saltern-master'])

    expect(`${cut.exitCode} ${cut.stderr}`).toMatch(/^2 .*BACKUP_UNREADABLE.*truncated/s)
    expect(`${wrong.exitCode} ${wrong.stderr}`).toMatch(/^2 .*BACKUP_UNREADABLE.*passphrase/s)
    expect(running.stderr).toContain('STORE_LOCKED')
    expect(`${full.exitCode} ${full.stderr}`).toMatch(/^2 .*RESTORE_REFUSED/s)
    await online('db1', 'db2')
  })

  test('a new machine becomes the lost master again from the package and a backup', async () => {
    const kept = join(lab.directory, 'saltern.backup')
    await copyFile(join(master.root, BACKUP), kept)
    const { address } = master
    await master.kill()
    master = await lab.host({ name: 'reborn', address })
    await copyFile(kept, join(master.root, 'root/saltern.backup'))
    await rm(kept)
    await master.writeFile('/root/passphrase', PASSPHRASE, '0600')
    await bring(master, debs.master)
    await typed(master, 'apt-get install -y ./saltern-master_*.deb')

    const said = await typed(master, 'master restore --passphrase-file /root/passphrase /root/saltern.backup')
    await typed(master, 'systemctl enable --now saltern-master')

    expect(said).toContain('settings in place')
    expect(said).toMatch(/ 1 jobs, 2 minions, /)
    expect(await master.readFile('/etc/saltern/master.yml')).toContain('\naddress: master.example:7443\n')
    const modes = await master.must(['stat', '-c', '%a', '/srv/fleet', '/var/lib/saltern/master'])
    expect(modes).toBe('750\n700\n')
  })

  test('minions reconnect to a restored master by themselves', async () => {
    await online('db1', 'db2')

    expect(await typed(master, 'master minions')).toMatch(/db1 +online/)
    const now = await ask<StatusResult>('status')
    expect([now.fleet.id, now.root]).toEqual([status.fleet.id, status.root])
  })

  test('a restored master has the jobs, reports and audit records of the old one, and its log verifies', async () => {
    const after = await ask<{ jobs: readonly JobRow[] }>('jobs')
    const audit = await ask<{ acts: readonly AuditRow[] }>('audit')

    expect(after.jobs).toEqual(jobs)
    expect(await master.must(['master', 'report', 'db1'])).toBe(report)
    const known = new Set(audit.acts.map(({ seq, event }) => `${seq} ${event}`))
    expect(acts.length).toBeGreaterThan(3)
    expect(acts.filter(({ seq, event }) => !known.has(`${seq} ${event}`))).toEqual([])
    expect(await master.must(['master', 'events'])).toContain('master-restored')
    expect(await typed(master, 'master audit verify')).toBeTruthy()
  })

  test('a restored master decrypts sealed values, runs orders and accepts join tokens', async () => {
    const pillar = '/srv/fleet/pillar/note.yml'
    await master.writeFile(pillar, `${(await master.readFile(pillar)).trimEnd()}\n  rest: new\n`)
    const { runs } = await ask<ApplyResult>('apply', 'db1')

    expect(runs.map(({ state }) => state)).toEqual(['done'])
    expect(await db1.readFile('/etc/rest')).toBe('new')
    expect(await db1.readFile('/etc/note')).toBe(SECRET)
    expect((await ask<{ master: string }>('join-token', 'create')).master).toBe('master.example:7443')
  })
})
