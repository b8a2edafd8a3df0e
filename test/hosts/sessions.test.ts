import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ApplyResult } from '../../master/jobs/results.ts'
import { BASE_PACKAGES } from './base-packages.ts'
import type { LabHost } from './lab/host.ts'
import { until } from './lab/until.ts'
import { type LabFleet, openLabFleet } from './lab-fleet.ts'
import { changed } from './run-words.ts'

const PASSWORD = 'canary-sessions-1d8f22'
const ADMIN = 'canary-admin-90ab17'
const RETRY_MS = 1500

const FILES = {
  'inventory.yml': `s1: {roles: [sessions], level: staging}
s2: {roles: [sessions], level: staging}
app1: {roles: [base, nutcracker], level: staging}
out1: {roles: [base], level: staging}
`,
  'pillar/top.yml': `- match: "*"
  files: [common]
- match: role=sessions or role=nutcracker
  files: [sessions]
`,
  'pillar/common.yml': `base:
  parts: []
  packages: [ca-certificates, procps, sudo, redis-tools]
`,
  'pillar/sessions.yml': `redis:
  keys: "sess:*"
  maxmemory_mb: 64
memcached:
  memory_mb: 64
nutcracker:
  retry_ms: ${RETRY_MS}
  pools:
    sessions_redis: {listen: 6379, kind: redis, from: sessions}
    sessions_memcache: {listen: 11211, kind: memcached, from: sessions}
`,
}

let fleet: LabFleet
let s1: LabHost
let s2: LabHost
let app1: LabHost
let out1: LabHost

beforeAll(async () => {
  fleet = await openLabFleet({
    members: ['s1', 's2', 'app1', 'out1'],
    level: 'staging',
    files: FILES,
    secrets: { sessions: { 'redis.passwords.main': PASSWORD, 'redis.admin_password': ADMIN } },
    packages: ['redis-server', 'redis-tools', 'memcached', 'nutcracker', ...BASE_PACKAGES],
    log: line => console.log(`sessions: ${line}`),
  })
  ;[s1, s2, app1, out1] = [fleet.host('s1'), fleet.host('s2'), fleet.host('app1'), fleet.host('out1')]
})

afterAll(async () => {
  await fleet?.close()
})

interface Words {
  readonly password?: string
  readonly port?: number
  readonly user?: string
}

/** Runs redis-cli on `from`, against a member or, by default, against the local proxy. */
async function redis(from: LabHost, to: LabHost | undefined, words: readonly string[], options: Words = {}) {
  const { password, user } = options
  const where = ['-h', to?.address ?? '127.0.0.1', ...(user === undefined ? [] : ['--user', user, '--no-auth-warning'])]
  const env = password === undefined ? {} : { REDISCLI_AUTH: password }
  const { stdout, stderr } = await from.exec(['timeout', '5', 'redis-cli', ...where, ...words], { env })
  return (stdout + stderr).trim()
}

/** Sends lines to a TCP port on a host's own network; returns what it answers within 2 s, or `no connection`. */
async function say(from: LabHost, to: string, port: number, lines: readonly string[]): Promise<string> {
  const script =
    '$s = IO::Socket::INET->new(PeerAddr => $ARGV[0], Timeout => 2) or do { print "no connection"; exit }; shift; ' +
    'print $s "$_\\r\\n" for @ARGV; shutdown($s, 1); $SIG{ALRM} = sub { exit }; alarm 2; $| = 1; print while <$s>'
  return from.must(['perl', '-MIO::Socket::INET', '-e', script, '--', `${to}:${port}`, ...lines])
}

async function writeMany(count: number): Promise<number> {
  const answers = await Promise.all(
    Array.from({ length: count }, (_, index) => {
      return redis(app1, undefined, ['set', `sess:many-${index}`, 'x'], { password: PASSWORD })
    }),
  )
  return answers.filter(answer => answer === 'OK').length
}

async function sizeOf(member: LabHost): Promise<number> {
  return Number(await redis(member, undefined, ['dbsize'], { password: ADMIN, user: 'admin' }))
}

test('a dry run of the role sessions reports all changes without failures, and an apply converges', async () => {
  const tested = await fleet.ask<ApplyResult>(['test', '*', '--detailed-exitcode'])
  const applied = await fleet.ask<ApplyResult>(['apply', '*'])
  const again = await fleet.ask<ApplyResult>(['apply', '*'])

  expect(tested.exitCode).toBe(5)
  expect(applied.answer.runs.flatMap(run => run.results.filter(({ problem }) => problem !== undefined))).toEqual([])
  expect(applied.answer.runs.flatMap(run => run.checks.filter(({ outcome }) => outcome !== 'passed'))).toEqual([])
  expect(applied.exitCode).toBe(0)
  expect(again.answer.runs.map(changed)).toEqual([0, 0, 0, 0])
  expect((await fleet.ask(['contract'])).exitCode).toBe(0)
})

test('the role sessions requires the password for Redis and permits only session keys', async () => {
  expect(await redis(app1, s1, ['get', 'sess:x'])).toContain('NOAUTH')
  expect(await redis(app1, s1, ['set', 'sess:x', '1'], { password: 'wrong' })).toMatch(/WRONGPASS|NOAUTH/)
  expect(await redis(app1, s1, ['set', 'sess:x', '1'], { password: PASSWORD })).toBe('OK')
  expect(await redis(app1, s1, ['set', 'other', '1'], { password: PASSWORD })).toContain('NOPERM')
  expect(await redis(app1, s1, ['flushall'], { password: PASSWORD })).toContain('NOPERM')
  expect(await redis(app1, undefined, ['set', 'sess:x', '1'])).toMatch(/NOAUTH|auth/i)
})

test('the role sessions exposes no port to an undeclared host of the same fleet, and listens on no UDP port', async () => {
  const tried = [s1, s2].flatMap(({ address }) => [
    say(out1, address, 6379, ['PING']),
    say(out1, address, 11211, ['version']),
  ])
  expect(new Set(await Promise.all(tried))).toEqual(new Set(['no connection']))
  for (const member of [s1, s2]) {
    expect(await say(app1, member.address, 11211, ['version'])).toContain('VERSION')
    const listening = await member.must(['ss', '-Hltun'])
    expect(listening).not.toMatch(/(0\.0\.0\.0|\*|\[::\]):(6379|11211)/)
    expect(listening).not.toMatch(/^udp.*:11211/m)
  }
  expect(await say(out1, app1.address, 22222, ['x'])).toBe('no connection')
  expect(await say(out1, app1.address, 6379, ['PING'])).toBe('no connection')
})

test('the local proxy of a sessions client serves SET and GET and spreads keys over all members', async () => {
  expect(await redis(app1, undefined, ['set', 'sess:light', 'first'], { password: PASSWORD })).toBe('OK')
  expect(await redis(app1, undefined, ['get', 'sess:light'], { password: PASSWORD })).toBe('first')
  expect(await say(app1, '127.0.0.1', 11211, ['set light 0 60 5', 'first', 'get light'])).toContain('first')
  expect(await writeMany(40)).toBe(40)
  expect(await sizeOf(s1)).toBeGreaterThan(5)
  expect(await sizeOf(s2)).toBeGreaterThan(5)
})

test('the proxy of the role sessions ejects a killed member while the others serve, and the member returns empty', async () => {
  await s2.must(['systemctl', 'kill', '--signal=SIGKILL', 'redis-server'])
  await s2.must(['systemctl', 'stop', 'redis-server'])
  await until(async () => ((await writeMany(20)) === 20 ? true : undefined), {
    what: 'the dead member to be ejected',
    timeoutMs: 15_000,
  })

  await s2.must(['systemctl', 'start', 'redis-server'])
  expect(await sizeOf(s2)).toBe(0)
  await until(async () => ((await writeMany(20)) === 20 && (await sizeOf(s2)) > 3 ? true : undefined), {
    what: 'the member to get keys again',
    timeoutMs: 15_000,
  })
})

test('passwords of the role sessions are stored in clear text only in the proxy configuration', async () => {
  const grep = async (host: LabHost, word: string): Promise<string> => {
    return (await host.exec(['grep', '-rlaF', word, '/var/lib', '/var/log', '/run', '/tmp', '/etc', '/srv'])).stdout
  }

  for (const host of [fleet.master, s1, s2]) expect(await grep(host, PASSWORD)).toBe('')
  expect(await grep(s1, ADMIN)).toBe('')
  expect(await grep(app1, PASSWORD)).toBe('/etc/nutcracker/nutcracker.yml\n')
  expect(await app1.must(['stat', '-c', '%a %U:%G', '/etc/nutcracker/nutcracker.yml'])).toBe('640 root:nutcracker\n')
})

test('a sessions client removed from the inventory loses access at the next apply, and running members are not restarted', async () => {
  const inventory = FILES['inventory.yml'].replace('[base, nutcracker]', '[base]')
  await fleet.master.writeFile('/srv/fleet/inventory.yml', inventory)
  const before = await s1.must(['systemctl', 'show', '-p', 'MainPID', 'redis-server'])

  const { exitCode, answer } = await fleet.ask<ApplyResult>(['apply', 'role=sessions'])

  const ids = answer.runs.flatMap(run => run.results.filter(({ outcome }) => outcome === 'changed').map(({ id }) => id))
  expect(ids).toEqual(['firewall', 'firewall'])
  expect(exitCode).toBe(0)
  expect(await say(app1, s1.address, 6379, ['PING'])).toBe('no connection')
  expect(await s1.must(['systemctl', 'show', '-p', 'MainPID', 'redis-server'])).toBe(before)
})
