import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { LinesToType } from '../house/lines-to-type.ts'
import type { LabHost } from './lab/host.ts'
import { type LabFleet, openLabFleet } from './lab-fleet.ts'
import { Typing } from './typing.ts'

/* docs/sessions.md, typed as it stands: terminals, programs, files and ports of two minions. */

const page = new LinesToType('test/hosts/session-lines.test.ts', 'docs/sessions.md')
const INSTALL = ['apt-get', 'install', '-y', '--no-install-recommends']
const CLIENTS = ['openssh-client', 'rsync', 'mariadb-client']
const SERVERS = ['openssh-server', 'rsync', 'mariadb-server', 'vim']
const PROMPT = /[#$] $/
const ENTER = '\r'
const SHOP = `CREATE DATABASE shop; CREATE TABLE shop.light (word TEXT); INSERT INTO shop.light VALUES ('first');
CREATE USER app@'%' IDENTIFIED BY 'apple-pie'; GRANT ALL ON shop.* TO app@'%';`

let fleet: LabFleet
let master: LabHost
let db1: LabHost
let db2: LabHost
const typings: Typing[] = []

beforeAll(async () => {
  fleet = await openLabFleet({
    members: ['db1', 'db2'],
    level: 'staging',
    files: {
      'inventory.yml': 'db1: {level: staging}\ndb2: {roles: [web], level: staging}\n',
      'roles/web/role.yml': 'summary: a web host\n',
      'roles/web/states.yml': '{}\n',
    },
    secrets: {},
    packages: [...CLIENTS, ...SERVERS, 'nginx'],
    log: line => console.log(`session lines: ${line}`),
  })
  master = fleet.master
  ;[db1, db2] = [fleet.host('db1'), fleet.host('db2')]
  const env = { DEBIAN_FRONTEND: 'noninteractive' }
  await Promise.all([
    master.must([...INSTALL, ...CLIENTS], { env, timeoutMs: 300_000 }),
    db1.must([...INSTALL, ...SERVERS], { env, timeoutMs: 300_000 }),
    db2.must([...INSTALL, 'mariadb-server', 'nginx'], { env, timeoutMs: 300_000 }),
  ])
  await db1.must(['systemctl', 'start', 'ssh', 'mariadb'])
  await db2.must(['systemctl', 'start', 'mariadb'])
  await db1.must(['mariadb'], { stdin: SHOP })
  await db2.must(['mariadb', '-e', 'CREATE DATABASE shop'])
  // The names that the page uses.
  await db1.must(['sh', '-c', 'useradd --create-home --shell /bin/bash deploy; mkdir -p /etc/app /srv/site /srv'])
  await db1.writeFile('/var/log/syslog', 'a line of the log\n')
  await master.must(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', '/root/.ssh/id_ed25519'])
  await master.writeFile('/root/app.conf', 'port = 80\n')
  await master.writeFile('/root/dump.sql', '-- a dump\n')
  await master.writeFile('/root/site/index.html', 'hello\n')
})

afterEach(() => {
  for (const typing of typings.splice(0)) typing.close()
})
afterAll(async () => {
  await fleet?.close()
})

/** Types a line of the page as root on the master, in root's home; it must succeed. `id` is the session in place of the example. */
function typed(line: string, id?: string): Promise<string> {
  const words = page.take(line)
  return master.must(['sh', '-c', id === undefined ? words : words.replace(EXAMPLE, id)], { timeoutMs: 120_000 })
}

const EXAMPLE = 'ses-01kzmd3v5h8q2r7w9x4c6b0t1n'

/** Types a line of the page in a terminal. */
function inTerminal(line: string): Typing {
  const env = { TERM: 'xterm-256color', LANG: 'C.UTF-8' }
  const argv = ['script', '--quiet', '--return', '--command', page.take(line), '/dev/null']
  const typing = new Typing(master.spawn(argv, { env }))
  typings.push(typing)
  return typing
}

describe('docs/sessions.md', () => {
  test('a terminal is a shell of root, one of another user, or a program', async () => {
    const root = inTerminal('master ssh db1')
    await root.sees(PROMPT)
    root.type(`id -un; echo DROP${ENTER}`)
    expect(await root.sees(/DROP\n.*[#$] $/)).toContain('root')
    root.type(`exit${ENTER}`)
    expect(await root.ends()).toBe(0)

    const user = inTerminal('master ssh db1 --user deploy')
    await user.sees(PROMPT)
    user.type(`id -un${ENTER}`)
    await user.sees(/\ndeploy\n/)
    user.type(`exit${ENTER}`)
    expect(await user.ends()).toBe(0)

    const vim = inTerminal('master ssh db1 -- vim /etc/hosts')
    await vim.sees(/"\/etc\/hosts" \d+L/)
    vim.type(`:q!${ENTER}`)
    expect(await vim.ends()).toBe(0)
  })

  test('a public key gets to the minion by run and cp, and plain ssh, scp and rsync use it', async () => {
    await typed('master run db1 -- install -d -m 700 /root/.ssh')
    await typed('master cp ~/.ssh/id_ed25519.pub db1:/root/.ssh/authorized_keys')
    await typed('master ssh-config > ~/.ssh/saltern.conf')

    const ssh = inTerminal('ssh -F ~/.ssh/saltern.conf db1')
    await ssh.sees(/continue connecting/)
    ssh.type(`yes${ENTER}`)
    await ssh.sees(PROMPT)
    ssh.type(`hostname${ENTER}`)
    await ssh.sees(/\ndb1\n/)
    ssh.type(`exit${ENTER}`)
    expect(await ssh.ends()).toBe(0)
    await typed('scp -F ~/.ssh/saltern.conf dump.sql db1:/root/')
    await typed('rsync -a -e "ssh -F $HOME/.ssh/saltern.conf" site/ db1:/srv/site/')

    expect(await db1.readFile('/root/dump.sql')).toBe('-- a dump\n')
    expect(await db1.readFile('/srv/site/index.html')).toBe('hello\n')
  })

  test('a forwarded port is that of the minion, also for a dump that a program of another minion reads', async () => {
    const forward = inTerminal('master forward db1 3306 --listen 127.0.0.1:13306')
    await forward.sees(/127\.0\.0\.1:13306/)
    const client = inTerminal('mariadb -h 127.0.0.1 -P 13306 -u app -p shop')
    await client.sees(/password: $/i)
    client.type(`apple-pie${ENTER}`)
    await client.sees(/> $/)
    client.type(`SELECT word FROM light;${ENTER}`)
    await client.sees(/first[\s\S]*> $/)
    client.type(`exit${ENTER}`)
    expect(await client.ends()).toBe(0)
    const login =
      '[client]\nhost=127.0.0.1\nport=13306\nuser=app\npassword=apple-pie\n[mysqldump]\nsingle-transaction\n'
    await master.writeFile('/root/.my.cnf', login, '0600')
    await typed('mysqldump shop | master run db2 -- mariadb shop')

    expect(await db2.must(['mariadb', '-NBe', 'SELECT word FROM shop.light'])).toBe('first\n')
  })

  test('a program runs on one minion, as another user, and on many', async () => {
    expect(await typed('master run db1 -- uptime')).toContain('load average')
    expect(await typed("master run db1 --user www-data --timeout 30s -- sh -c 'df -h /srv | tail -1'")).toContain('%')
    expect(await typed('master run role=web -- nginx -v')).toMatch(/^db2 +exit 0\n +stderr:\n +nginx version: /)
  })

  test('a file is copied to a minion, and from it', async () => {
    await typed('master cp app.conf db1:/etc/app/')
    await typed('master cp db1:/var/log/syslog .')

    expect(await db1.readFile('/etc/app/app.conf')).toBe('port = 80\n')
    expect(await master.readFile('/root/syslog')).toBe('a line of the log\n')
    expect(await typed('master cp db1:/etc/hosts -')).toBe(await db1.readFile('/etc/hosts'))
  })

  test('a file is copied to all minions of a role, and from all whose ids match a glob', async () => {
    await db2.must(['mkdir', '-p', '/etc/app'])
    await db2.writeFile('/var/log/syslog', 'another line\n')
    await typed('master cp app.conf role=web:/etc/app/app.conf')
    await typed("master cp 'db*:/var/log/syslog' logs/")

    expect(await db2.readFile('/etc/app/app.conf')).toBe('port = 80\n')
    expect(await master.readFile('/root/logs/db1/syslog')).toBe('a line of the log\n')
    expect(await master.readFile('/root/logs/db2/syslog')).toBe('another line\n')
  })

  test('a recorded terminal is listed, shown, played and given away', async () => {
    expect(await typed('master sessions')).toMatch(/^SESSION +BEGUN \(UTC\) +OPERATOR /)
    const { answer } = await fleet.ask<{
      readonly sessions: readonly { readonly session: string; readonly verb: string }[]
    }>(['sessions'])
    const id = answer.sessions.findLast(({ verb }) => verb === 'ssh')?.session ?? ''
    expect(await typed(`master sessions show ${EXAMPLE}`, id)).toContain(id)
    expect(await typed(`master sessions play ${EXAMPLE} --speed 2 --max-wait 1`, id)).toContain('DROP')
    expect(await typed(`master sessions play ${EXAMPLE} --plain | grep DROP`, id)).toContain('DROP')
    await typed(`master sessions play ${EXAMPLE} --cast > session.cast`, id)

    expect(await master.readFile('/root/session.cast')).toMatch(/^\{"version": ?2/)
  })

  test('every line of the page was typed', () => {
    expect(page.left).toEqual([])
  })
})
