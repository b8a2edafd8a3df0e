import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile, rmdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { debian12Sources, parseDeb822, parseOneLine } from './lab/apt-sources.ts'
import { hierarchies } from './lab/cgroup.ts'
import type { LabHost } from './lab/host.ts'
import { defaultCacheDir, type Lab, openLab } from './lab/lab.ts'
import { freeSubnet } from './lab/network.ts'
import { ownProcess } from './lab/owner.ts'
import { remainsOf } from './lab/remains.ts'
import { until } from './lab/until.ts'

const log = (line: string): void => console.log(`lab: ${line}`)
const PROJECT = resolve(import.meta.dirname, '../..')
const MARIADB = ['mariadb-server', 'mariadb-backup', 'socat', 'iputils-ping']
const INSTALL = ['apt-get', 'install', '-y', '--no-install-recommends']

async function timed<T>(what: string, work: () => Promise<T>): Promise<T> {
  const start = performance.now()
  const result = await work()
  log(`${what}: ${((performance.now() - start) / 1000).toFixed(1)} s`)
  return result
}

describe('a lab of two hosts', () => {
  let lab: Lab
  let db1: LabHost
  let db2: LabHost

  beforeAll(async () => {
    lab = await timed('open', () =>
      openLab({ log, packages: MARIADB, checkout: PROJECT, nodeBinary: process.execPath }),
    )
    const boot = (name: string): Promise<LabHost> => timed(`boot ${name}`, () => lab.host({ name }))
    ;[db1, db2] = await Promise.all([boot('db1'), boot('db2')])
  })

  afterAll(async () => {
    await timed('close', () => lab.close())
  })

  test('lab hosts run Debian 12 with a fully booted systemd and have distinct identities', async () => {
    expect(await db1.readFile('/etc/os-release')).toContain('VERSION_ID="12"')
    expect((await db1.must(['systemctl', 'is-system-running'])).trim()).toBe('running')
    expect((await db1.must(['hostname'])).trim()).toBe('db1')
    const ids = await Promise.all([db1, db2].map(host => host.readFile('/etc/machine-id')))
    expect(ids[0]).not.toBe(ids[1])
    const macs = await Promise.all([db1, db2].map(host => host.readFile('/sys/class/net/host0/address')))
    expect(macs[0]).not.toBe(macs[1])
  })

  test('lab hosts can install a Debian package and ping each other', async () => {
    await Promise.all(
      [db1, db2].map(host => timed(`ping package on ${host.name}`, () => host.must([...INSTALL, 'iputils-ping']))),
    )
    for (const [from, to] of [
      [db1, db2],
      [db2, db1],
    ] as const) {
      expect(await from.must(['ping', '-c', '2', '-W', '2', to.address])).toContain('2 received')
    }
  })

  test('lab hosts reach only each other and the mirrors', async () => {
    const routes = await db1.must(['ip', 'route'])
    expect(routes).not.toContain('default')
    const refused = await db1.exec(['/usr/lib/apt/apt-helper', 'download-file', 'http://elsewhere.example/', '/tmp/x'])
    expect(refused.exitCode).not.toBe(0)
    expect(refused.stdout + refused.stderr).toContain('Filtered')
  })

  test('the checkout and the Node binary are mounted read-only in lab hosts', async () => {
    expect((await db1.must(['node', '--version'])).trim()).toBe(process.version)
    expect(await db1.readFile('/opt/saltern/package.json')).toContain('"saltern"')
    expect((await db1.exec(['touch', '/opt/saltern/x'])).stderr).toContain('Read-only file system')
  })

  test('exec on a lab host passes stdin and the environment and returns output and exit code', async () => {
    const script = 'cat; echo "$COLOUR" >&2; env | grep -c ^HOME=/root; exit 3'
    const finished = await db1.exec(['sh', '-c', script], { stdin: 'in\n', env: { COLOUR: 'green' } })
    expect(finished).toEqual({ exitCode: 3, stdout: 'in\n1\n', stderr: 'green\n' })
    await expect(db1.must(['false'])).rejects.toThrow(/on db1: false\n {2}ended with 1/)
  })

  test('exec on a lab host kills a program that exceeds its timeout and names it in the error', async () => {
    const slow = db1.exec(['sh', '-c', 'echo begun; sleep 4321'], { timeoutMs: 500 })
    await expect(slow).rejects.toThrow(/sleep 4321\n {2}did not end within 1.5 s; its last words:\n {4}begun/)
    const gone = async (): Promise<true | undefined> =>
      (await db1.must(['ps', 'ax'])).includes('sleep 4321') ? undefined : true
    await until(gone, { what: 'the slow program to be gone', timeoutMs: 5000 })
  })

  test('writeFile on a lab host sets the mode, and the output of a running program can be streamed', async () => {
    await db1.writeFile('/srv/deep/er/note', 'text\n', '0640')
    expect(await db1.readFile('/srv/deep/er/note')).toBe('text\n')
    expect((await db1.must(['stat', '-c', '%a', '/srv/deep/er/note', '/srv/deep'])).split('\n')).toEqual([
      '640',
      '755',
      '',
    ])
    expect(await readFile(join(db1.root, 'srv/deep/er/note'), 'utf8')).toBe('text\n')
    const child = db1.spawn(['cat'])
    child.stdin.write('echo\n')
    const [chunk] = (await once(child.stdout, 'data')) as [Buffer]
    expect(chunk.toString()).toBe('echo\n')
    child.stdin.end()
    await once(child, 'exit')
  })

  test('a small disk can be mounted on a lab host for disk-full tests', async () => {
    await db1.must(['mkdir', '-p', '/var/lib/small'])
    await db1.must(['mount', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', '/var/lib/small'])
    const full = await db1.exec(['dd', 'if=/dev/zero', 'of=/var/lib/small/x', 'bs=1M', 'count=2'])
    expect(full.stderr).toContain('No space left on device')
  })

  test('MariaDB can be installed on two lab hosts in parallel and is active afterwards', async () => {
    await Promise.all(
      [db1, db2].map(host =>
        timed(`mariadb on ${host.name}`, () => host.must([...INSTALL, 'mariadb-server'], { timeoutMs: 300_000 })),
      ),
    )
    for (const host of [db1, db2]) {
      expect((await host.must(['systemctl', 'is-active', 'mariadb'])).trim()).toBe('active')
      expect(await host.must(['mariadb', '-N', '-e', 'SELECT 6*7'])).toBe('42\n')
    }
  })

  test('a rebooted lab host keeps its disk and address, starts its services and has a new boot id', async () => {
    const bootId = '/proc/sys/kernel/random/boot_id'
    const before = await db1.readFile(bootId)
    await db1.must(['mariadb', '-e', 'CREATE DATABASE kept'])
    expect(await timed('reboot', () => db1.reboot())).toBe('running')
    expect(await db1.readFile(bootId)).not.toBe(before)
    expect(await db1.must(['mariadb', '-N', '-e', "SHOW DATABASES LIKE 'kept'"])).toBe('kept\n')
    expect(await db2.must(['ping', '-c', '1', '-W', '2', db1.address])).toContain('1 received')
  })

  test('a killed lab host is down at once and can be started again', async () => {
    await timed('kill', () => db2.kill())
    await expect(db2.exec(['true'])).rejects.toThrow('db2 is not running; boot it with start()')
    expect(await db2.start()).toBe('running')
    expect((await db2.must(['systemctl', 'is-active', 'mariadb'])).trim()).toBe('active')
  })

  test('a second concurrent lab gets its own network, and its hosts can use a disk without overlay', async () => {
    const second = await openLab({ log })
    try {
      expect(second.network.subnet).not.toBe(lab.network.subnet)
      const other = await timed('boot with a copied disk', () => second.host({ name: 'db1', disk: 'copy' }))
      expect(await other.must(['stat', '-f', '-c', '%T', '/'])).not.toContain('overlay')
      expect(await remainsOf(lab.directory)).not.toEqual([])
    } finally {
      await second.close()
    }
    expect(await remainsOf(second.directory)).toEqual([])
    expect((await db1.must(['hostname'])).trim()).toBe('db1')
  })
})

test('closing a lab leaves no process, bridge, cgroup, mount or file, even while a host is booting', async () => {
  const lab = await openLab({ log })
  await lab.host({ name: 'one' })
  const found = (await remainsOf(lab.directory)).join('\n')
  for (const kind of ['process', 'mount', '/sys/class/net/', '/sys/fs/cgroup/']) expect(found).toContain(kind)
  const booting = expect(lab.host({ name: 'two' })).rejects.toThrow()
  await lab.close()
  await booting
  await lab.close()
  expect(await remainsOf(lab.directory)).toEqual([])
  await expect(lab.host({ name: 'three' })).rejects.toThrow('the lab is closed')
})

test('when the owner of a lab is killed, the reaper removes the whole lab', async () => {
  const source = `
      import { openLab } from '${join(import.meta.dirname, 'lab/lab.ts')}'
      const lab = await openLab()
      await lab.host({ name: 'orphan' })
      console.log(lab.directory)
      setInterval(() => undefined, 1000)
    `
  const owner = spawn(process.execPath, ['--input-type=module', '-e', source], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [chunk] = (await once(owner.stdout, 'data')) as [Buffer]
  const directory = chunk.toString().trim()
  expect(await remainsOf(directory)).not.toEqual([])
  owner.kill('SIGKILL')
  const gone = async (): Promise<true | undefined> => ((await remainsOf(directory)).length === 0 ? true : undefined)
  const evidence = async (): Promise<string> => (await remainsOf(directory)).join('\n')
  await timed('reaping', () => until(gone, { what: 'the reaper', timeoutMs: 30_000, evidence }))
})

test('a new lab removes what a dead lab left behind and does not touch a running one', async () => {
  const labs = join(defaultCacheDir(), 'labs')
  const living = await openLab({ log })
  const dead = join(labs, '0dead0')
  const bystander = join(labs, 'not-a-lab')
  const source = `
      import { mkdir, writeFile } from 'node:fs/promises'
      import { makeNetwork } from '${join(import.meta.dirname, 'lab/network.ts')}'
      import { recordLab, bridgeOf } from '${join(import.meta.dirname, 'lab/remains.ts')}'
      await recordLab('${dead}')
      await makeNetwork(bridgeOf('${dead}'))
      await mkdir('${bystander}', { recursive: true })
    `
  const owner = spawn(process.execPath, ['--input-type=module', '-e', source], { stdio: 'inherit' })
  await once(owner, 'exit')
  expect(await remainsOf(dead)).toHaveLength(2)
  const lines: string[] = []
  const next = await openLab({ log: line => lines.push(line) })
  expect(lines).toEqual([`removed what was left of a lab that died: ${dead}`])
  expect(await remainsOf(dead)).toEqual([])
  expect(await readdir(labs)).toContain('not-a-lab')
  await rmdir(bystander)
  expect(await remainsOf(living.directory)).not.toEqual([])
  await Promise.all([living.close(), next.close()])
})

test('a lab identifies a process by start time and boot id as well as by pid', async () => {
  const { startTime, bootId } = await ownProcess()
  expect(startTime).toMatch(/^\d+$/)
  expect(bootId).toMatch(/^[0-9a-f-]{36}$/)
})

test('freeSubnet avoids every address block in use, larger or smaller', () => {
  expect(freeSubnet(['192.0.2.1/24', '127.0.0.1/8'])).toBe('10.213.0')
  expect(freeSubnet(['10.213.0.1/24', '10.213.1.77/32', '10.213.2.0/23'])).toBe('10.213.4')
  expect(freeSubnet(['10.0.0.0/8'])).toBeUndefined()
})

test('apt sources are read from both formats, and only those of Debian 12 are kept', () => {
  const deb822 = `# a comment
Types: deb deb-src
URIs: http://mirror.test/debian
Suites: bookworm bookworm-updates
# another
Components: main
 contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Enabled: no
Types: deb
URIs: http://off.test/debian
Suites: bookworm
Components: main
`
  const oneLine = `deb [arch=amd64 signed-by=/usr/share/keyrings/other.gpg] https://other.test/apt bookworm main # not Debian
deb http://mirror.test/security bookworm-security main
deb-src http://mirror.test/debian bookworm main
# deb http://mirror.test/debian bookworm-backports main
deb cdrom:[disc] bookworm main
`
  const kept = debian12Sources([...parseDeb822(deb822), ...parseOneLine(oneLine)])
  expect(kept.map(({ uri, suite, components }) => [uri, suite, components.join(' ')])).toEqual([
    ['http://mirror.test/debian', 'bookworm', 'main contrib'],
    ['http://mirror.test/debian', 'bookworm-updates', 'main contrib'],
    ['http://mirror.test/security', 'bookworm-security', 'main'],
  ])
})

test('the lab finds the cgroup2 hierarchy, and also that of systemd where it is separate', () => {
  const hybrid = `30 25 0:26 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu
31 25 0:27 / /sys/fs/cgroup/systemd rw,relatime shared:9 - cgroup cgroup rw,xattr,name=systemd
32 25 0:28 / /sys/fs/cgroup/unified rw shared:10 - cgroup2 cgroup2 rw
`
  expect(hierarchies(hybrid)).toEqual(['/sys/fs/cgroup/systemd', '/sys/fs/cgroup/unified'])
  expect(hierarchies('28 25 0:25 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw,nsdelegate\n')).toEqual(['/sys/fs/cgroup'])
})
