import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Packages } from '../../scripts/package/build.ts'
import { LinesToType } from '../house/lines-to-type.ts'
import { labDebs } from './debs.ts'
import type { LabHost } from './lab/host.ts'
import { defaultCacheDir, type Lab, openLab } from './lab/lab.ts'
import type { Finished } from './lab/program.ts'
import { until } from './lab/until.ts'
import { INSTALL, introduce, operatorAt } from './operator.ts'

/* docs/security.md, typed as it stands: what was stolen is revoked and replaced, on hosts with the packages. */

const HERE = 'test/hosts/recovery-lines.test.ts'
const security = new LinesToType(HERE, 'docs/security.md')
const operators = new LinesToType(HERE, 'docs/operators.md')

const NEW_SECRET = 'openssl rand -base64 24 | master pillar set mariadb.replication.password'
const FLEET = {
  'roles/db/role.yml': 'summary: a secret in a file\npillar:\n  mariadb.replication.password: {type: secret}\n',
  'roles/db/states.yml':
    '/etc/replica:\n  file.managed: {contents: "{{pillar.mariadb.replication.password}}", mode: "0600"}\n',
  'inventory.yml': 'db1: {roles: [db], level: staging}\ndb2: {roles: [db], level: staging}\n',
  'pillar/top.yml': '- match: "*"\n  files: [common]\n',
  'schedule.yml': 'schedules:\n  nightly: {cron: "30 2 * * *", verb: apply, target: "*"}\n',
}
const OPERATORS = 'operators:\n  anna:\n    rights:\n      - {verbs: [look], target: "*"}\n'

let lab: Lab
let debs: Packages
/** The machine that is the master; a clean one after the root key was stolen. */
let master: LabHost
let db1: LabHost
let db2: LabHost
let db9: LabHost
const { online, bring, ask } = operatorAt(() => master)

beforeAll(async () => {
  const log = (line: string): void => console.log(`recovery: ${line}`)
  debs = await labDebs(defaultCacheDir(), { log })
  const packages = ['git', 'openssl', 'openssh-client', 'openssh-server', 'ca-certificates', 'procps']
  lab = await openLab({ packages, log })
  ;[master, db1, db2, db9] = await Promise.all([
    lab.host({ name: 'master' }),
    lab.host({ name: 'db1' }),
    lab.host({ name: 'db2' }),
    lab.host({ name: 'db9' }),
  ])
  await introduce([master, db1, db2, db9])
  const env = { DEBIAN_FRONTEND: 'noninteractive' }
  await Promise.all([db1, db2, db9].map(host => host.must([...INSTALL, 'openssh-server'], { env, timeoutMs: 300_000 })))
  await prepareMaster(master)
  await must('apt-get install -y ./saltern-master_*.deb')
  await master.must(['master', 'init', '/srv/fleet'])
  for (const [path, text] of Object.entries(FLEET)) await master.writeFile(`/srv/fleet/${path}`, text)
  await master.writeFile('/srv/fleet/fleet.yml', `${await master.readFile('/srv/fleet/fleet.yml')}${OPERATORS}`)
  await master.must(['useradd', '--create-home', 'anna'])
  await master.must(['systemctl', 'enable', '--now', 'saltern-master'])
  await master.must(['sh', '-c', NEW_SECRET])
  await master.must(['sh', '-c', 'cd /srv/fleet && git init -q && git add -A && git commit -qm first'])
  await master.must(['sh', '-c', 'cd /srv/fleet && echo "# edited" >>inventory.yml && git commit -qam second'])
  for (const name of ['db1', 'db2', 'db9']) await must(`master bootstrap ${name}.example --level staging`)
  await online('db1', 'db2', 'db9')
  await must('master apply role=db')
  // The same bundle of the fleet is what a clean machine is made from.
  await master.must(['git', '-C', '/srv/fleet', 'bundle', 'create', '/root/fleet.bundle', '--all'])
})

afterAll(async () => {
  await lab?.close()
})

/** Gives a machine what an operator's machine has: git, an ssh key that all hosts take, and the package. */
async function prepareMaster(host: LabHost): Promise<void> {
  const env = { DEBIAN_FRONTEND: 'noninteractive' }
  await host.must([...INSTALL, 'git', 'openssl', 'openssh-client'], { env, timeoutMs: 300_000 })
  await host.must(['git', 'config', '--global', 'user.name', 'Root'])
  await host.must(['git', 'config', '--global', 'user.email', 'root@example.org'])
  await host.must(['git', 'config', '--global', 'init.defaultBranch', 'main'])
  await host.must(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', '/root/.ssh/id_ed25519'])
  for (const minion of [db1, db2, db9]) {
    await minion.writeFile('/root/.ssh/authorized_keys', await host.readFile('/root/.ssh/id_ed25519.pub'), '0600')
  }
  await host.must(['sh', '-c', 'ssh-keyscan db1.example db2.example db9.example >/root/.ssh/known_hosts'])
  await bring(host, debs.master)
}

/** Types a line as root on the master; any exit code is an answer. */
function type(line: string): Promise<Finished> {
  return master.exec(['sh', '-c', line], { env: { DEBIAN_FRONTEND: 'noninteractive' }, timeoutMs: 300_000 })
}

async function must(line: string): Promise<string> {
  const { exitCode, stdout, stderr } = await type(line)
  if (exitCode !== 0) throw new Error(`\`${line}\` ended with ${exitCode}:\n${stdout}${stderr}`)
  return stdout + stderr
}

/** Types a line of the page; `names` are what stands for the examples of the page. */
function typed(line: string, names: { readonly [example: string]: string } = {}): Promise<string> {
  let words = security.take(line)
  for (const [example, name] of Object.entries(names)) words = words.replace(example, name)
  return must(words)
}

async function removeMinion(host: LabHost): Promise<void> {
  await host.must(['apt-get', 'purge', '-y', 'saltern-minion'], { env: { DEBIAN_FRONTEND: 'noninteractive' } })
}

describe('docs/security.md, when something was stolen', () => {
  test('a minion’s key: its host joins again with a new one, and the others get new secrets', async () => {
    const before = await db2.readFile('/etc/replica')
    await typed('master keys revoke db1')
    await typed(NEW_SECRET)
    await typed('master apply role=db')
    await removeMinion(db1)
    await typed('master bootstrap db1.example --id db1 --level staging')

    await online('db1', 'db2', 'db9')
    expect(await db2.readFile('/etc/replica')).not.toBe(before)
    expect(await typed('master audit --minion db1 --since 30d')).toContain('db1')
  })

  test('a join token: it is revoked, and so is the key of the host that joined by it', async () => {
    await ask('join-token', 'create')
    // Below the head of the table.
    const [, id = ''] = /\n(\S+)/.exec(await typed('master join-token list')) ?? []
    await typed('master join-token revoke Ss3Yd4bWTQF9fUxk', { Ss3Yd4bWTQF9fUxk: id })

    expect(await typed('master events --limit 1000')).toContain('join-token-revoked')
    expect(await typed('master minions')).toContain('db9')
    await typed('master keys revoke db9')
    await online('db1', 'db2')
  })

  test('an operator’s account: what it did is listed, and what it began is ended', async () => {
    await db2.must(['systemctl', 'stop', 'saltern-minion'])
    await online('db1')
    expect((await type('master apply db2')).exitCode).toBe(4)

    await typed('master audit --operator anna --since 30d')
    await typed('master sessions --operator anna')
    const [, job = ''] = /^(job-\w+)/m.exec(await typed('master jobs')) ?? []
    expect(await typed('master jobs cancel job-abc', { 'job-abc': job })).toContain('cancel')
    expect(await typed('master schedule list')).toContain('nightly')
    await db2.must(['systemctl', 'start', 'saltern-minion'])
    await online('db1', 'db2')
  })

  test('the git repository: the last commit is taken back, checked and applied', async () => {
    await typed('master schedule pause nightly')
    await typed('git -C /srv/fleet log --show-signature')
    await typed('git -C /srv/fleet revert --no-edit HEAD')
    await typed('master lint')
    await typed("master test '*'")
    await typed("master apply '*'")
    await typed('master schedule resume nightly')

    expect(await master.readFile('/srv/fleet/inventory.yml')).not.toContain('# edited')
  })

  test('the pillar key: a new one is made, lint names what is lost, and a new value is applied', async () => {
    await typed('systemctl stop saltern-master')
    await typed('mv /var/lib/saltern/master/pillar /root/pillar-keys.stolen')
    await typed('systemctl start saltern-master')
    const lint = await type(security.take('master lint'))
    await typed(NEW_SECRET)
    await online('db1', 'db2')
    await typed("master apply '*'")

    expect(lint).toMatchObject({ exitCode: 2, stdout: expect.stringContaining('PILLAR_KEY_MISSING') })
    expect(await must('master lint')).toContain('no problems')
  })

  test('a backup: a new one is made with a new passphrase', async () => {
    await master.writeFile('/root/passphrase', 'ten thousand hills of salt\n', '0600')
    await typed('master backup --passphrase-file /root/passphrase /var/backups/saltern.backup')

    expect(await master.must(['stat', '-c', '%a', '/var/backups/saltern.backup'])).toBe('600\n')
  })

  test('nothing of the log: it holds, also against the checkpoints of the journal', async () => {
    expect(await typed('master audit verify')).not.toBe('')
    const line = operators.take('journalctl -u saltern-master -o cat | master audit verify --against -')
    expect(await typed(line)).not.toBe('')
  })

  test('a vulnerability: the package names who is to be told', async () => {
    expect(await typed("dpkg-query --show --showformat '${Maintainer}\\n' saltern-master")).toMatch(/^.+ <\S+@\S+>\n$/)
  })

  test('the root key: a clean machine becomes a new master with new secrets, and minions join it anew', async () => {
    const bundle = join(lab.directory, 'fleet.bundle')
    await copyFile(join(master.root, 'root/fleet.bundle'), bundle)
    const { address } = master
    await master.kill()
    master = await lab.host({ name: 'clean', address })
    await introduce([master, db1, db2, db9])
    await prepareMaster(master)
    await copyFile(bundle, join(master.root, 'root/fleet.bundle'))
    await removeMinion(db1)

    await typed('apt-get install -y ./saltern-master_*.deb')
    await typed('git clone /root/fleet.bundle /srv/fleet')
    await typed('systemctl enable --now saltern-master')
    await until(async () => ((await type('master status')).exitCode === 0 ? true : undefined), {
      what: 'the new master to answer',
      timeoutMs: 30_000,
    })
    expect(await typed('master status')).toContain('/srv/fleet')
    await typed(NEW_SECRET)
    await typed('master bootstrap db1.example --level staging')

    await online('db1')
    await must('master apply db1')
    expect(await db1.readFile('/etc/replica')).not.toBe('')
  })

  test('every line of the pages was typed', () => {
    expect([...security.left, ...operators.left]).toEqual([])
  })
})
