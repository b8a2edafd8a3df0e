import { afterAll, beforeAll, expect, test } from 'vitest'
import type { LabHost } from './lab/host.ts'
import { until } from './lab/until.ts'
import { type LabFleet, openLabFleet } from './lab-fleet.ts'

/** A ruleset that drops unsolicited traffic and accepts replies to the host's own connections. */
const WALL = `table inet wall {
  chain input {
    type filter hook input priority 0; policy drop;
    ct state established,related accept
    iif lo accept
  }
}
`
const INSTALL = ['apt-get', 'install', '-y', '--no-install-recommends']
const CLIENTS = ['openssh-client', 'rsync', 'mariadb-client']
const SERVERS = ['openssh-server', 'rsync', 'mariadb-server', 'nftables']

let fleet: LabFleet
let master: LabHost
let db1: LabHost

beforeAll(async () => {
  fleet = await openLabFleet({
    members: ['db1'],
    level: 'staging',
    files: { 'inventory.yml': 'db1: {level: staging}\n' },
    secrets: {},
    packages: [...CLIENTS, ...SERVERS],
    log: line => console.log(`forward: ${line}`),
  })
  master = fleet.master
  db1 = fleet.host('db1')
  const env = { DEBIAN_FRONTEND: 'noninteractive' }
  await Promise.all([
    master.must([...INSTALL, ...CLIENTS], { env, timeoutMs: 300_000 }),
    db1.must([...INSTALL, ...SERVERS], { env, timeoutMs: 300_000 }),
  ])
  await db1.must(['systemctl', 'start', 'ssh', 'mariadb'])
  await db1.must(['nft', '-f', '-'], { stdin: WALL })
  // The kernel does not track a connection opened before connection tracking began: it breaks, and the minion reconnects.
  await db1.must(['systemctl', 'restart', 'saltern-minion'])
  await fleet.allHere()
  await master.must(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', '/root/.ssh/id_ed25519'])
})

afterAll(async () => {
  await fleet?.close()
})

/** Options for ssh and scp as the page about sessions shows them. */
const SSH = ['-F', '/root/.ssh/saltern.conf', '-o', 'StrictHostKeyChecking=accept-new', '-o', 'BatchMode=yes']

test('a minion whose firewall drops all incoming traffic cannot be reached directly', async () => {
  for (const port of [22, 3306]) {
    const direct = await master.exec(['timeout', '2', 'bash', '-c', `</dev/tcp/${db1.address}/${port}`])
    expect(direct.exitCode).toBe(124)
  }
  expect((await db1.exec(['bash', '-c', '</dev/tcp/127.0.0.1/22'])).exitCode).toBe(0)
})

test('a minion whose firewall drops all incoming traffic takes a public key through `master run` and `master cp`', async () => {
  await fleet.must(['run', 'db1', '--', 'install', '-d', '-m', '700', '/root/.ssh'])
  await fleet.must(['cp', '/root/.ssh/id_ed25519.pub', 'db1:/root/.ssh/authorized_keys'])

  expect(await db1.readFile('/root/.ssh/authorized_keys')).toBe(await master.readFile('/root/.ssh/id_ed25519.pub'))
})

test('a minion whose firewall drops all incoming traffic can be reached by plain ssh, with exit code and stdin', async () => {
  await master.writeFile('/root/.ssh/saltern.conf', await fleet.must(['ssh-config']))

  const said = await master.exec(['ssh', ...SSH, 'db1', 'hostname; cat; exit 7'], { stdin: 'through\n' })

  expect(said.stderr).not.toContain('Permission denied')
  expect(said).toMatchObject({ exitCode: 7, stdout: 'db1\nthrough\n' })
  expect(await master.readFile('/root/.ssh/known_hosts')).toMatch(/^db1\.[0-9a-z]+\.saltern ssh-ed25519 /m)
})

test('a minion whose firewall drops all incoming traffic can be reached by scp in both directions', async () => {
  await master.must(['dd', 'if=/dev/urandom', 'of=/root/big', 'bs=1M', 'count=20'])

  await master.must(['scp', ...SSH, '/root/big', 'db1:/root/big'], { timeoutMs: 120_000 })
  await master.must(['scp', ...SSH, 'db1:/root/big', '/root/big.back'], { timeoutMs: 120_000 })

  const sum = async (host: LabHost, path: string): Promise<string> => {
    return (await host.must(['sha256sum', path])).slice(0, 64)
  }
  expect(await sum(db1, '/root/big')).toBe(await sum(master, '/root/big'))
  expect(await sum(master, '/root/big.back')).toBe(await sum(master, '/root/big'))
})

test('a minion whose firewall drops all incoming traffic can be reached by rsync with a whole directory', async () => {
  const rsync = ['rsync', '-a', '--itemize-changes', '-e', `ssh ${SSH.join(' ')}`]
  const places = ['/usr/share/zoneinfo/Europe/', 'db1:/root/zones/']
  await master.must([...rsync, ...places])
  const again = await master.must([...rsync, ...places])

  expect(again).toBe('')
  const count = async (host: LabHost, path: string): Promise<number> => {
    return (await host.must(['find', path])).split('\n').length
  }
  expect(await count(db1, '/root/zones')).toBe(await count(master, '/usr/share/zoneinfo/Europe'))
})

test('a minion whose firewall drops all incoming traffic can be reached by a database client', async () => {
  const statements =
    "CREATE DATABASE shop; CREATE USER app@'%' IDENTIFIED BY 'apple-pie'; GRANT ALL ON shop.* TO app@'%';"
  await fleet.must(['run', 'db1', '--', 'mariadb'], { stdin: statements })
  const forward = master.spawn(['master', 'forward', 'db1', '3306', '--listen', '127.0.0.1:13306'])
  let said = ''
  forward.stdout.setEncoding('utf8').on('data', (text: string) => (said += text))
  forward.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
  const listening = (): true | undefined => (said.includes('127.0.0.1:13306') ? true : undefined)
  await until(listening, { what: 'forward to listen', timeoutMs: 20_000, evidence: () => said })
  const sql = (words: string): Promise<string> => {
    const client = ['mariadb', '-h', '127.0.0.1', '-P', '13306', '-u', 'app', '-N', '-B', 'shop']
    return master.must([...client, '-e', words], { env: { MYSQL_PWD: 'apple-pie' } })
  }

  const both = await Promise.all([sql('SELECT 40 + 2'), sql('SELECT @@hostname')])
  forward.kill('SIGINT')

  expect(both).toEqual(['42\n', 'db1\n'])
})
