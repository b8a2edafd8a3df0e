import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ApplyResult } from '../../master/jobs/results.ts'
import { BASE_PACKAGES } from './base-packages.ts'
import type { LabHost } from './lab/host.ts'
import type { Finished } from './lab/program.ts'
import { until } from './lab/until.ts'
import { type LabFleet, MASTER, openLabFleet } from './lab-fleet.ts'
import { changed, outcomes } from './run-words.ts'

const HOME = '/var/lib/gitolite3'
const KEYDIR = `${HOME}/.gitolite/keydir`
/** People with a key on the workstation; mallory's key is registered nowhere. */
const PEOPLE = ['admin', 'anna', 'bert', 'mallory'] as const
type Person = (typeof PEOPLE)[number]

let fleet: LabFleet
let source1: LabHost
/** The workstation of the people; it also serves the upstream that is mirrored. */
let desk: LabHost
const keys = new Map<Person, string>()

beforeAll(async () => {
  fleet = await openLabFleet({
    members: ['source1'],
    level: 'staging',
    files: { 'inventory.yml': 'source1: {roles: [source], level: staging}\n', 'pillar/common.yml': '{}\n' },
    secrets: {},
    packages: [...BASE_PACKAGES, 'git', 'gitolite3', 'cgit', 'nginx-light', 'fcgiwrap', 'openssh-client', 'curl'],
    log: line => console.log(`source: ${line}`),
  })
  source1 = fleet.host('source1')
  desk = await fleet.lab.host({ name: 'desk' })
  await desk.must(['apt-get', 'update'])
  await desk.must(['apt-get', 'install', '-y', '--no-install-recommends', 'git', 'openssh-client', 'curl'], {
    timeoutMs: 180_000,
  })
  await desk.must(['git', 'config', '--global', 'user.email', 'desk@staging.example'])
  await desk.must(['git', 'config', '--global', 'user.name', 'Desk'])
  for (const person of PEOPLE) {
    await desk.must(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', person, '-f', `/root/${person}`])
    keys.set(person, (await desk.readFile(`/root/${person}.pub`)).trim())
  }
  await desk.must(['git', 'init', '--quiet', '--initial-branch=trunk', '/srv/up'])
  await upstreamCommit('first')
  await desk.must(['systemd-run', '--unit=upstream', 'git', 'daemon', '--export-all', '--base-path=/srv', '/srv'])
  // Stands in for a separate disk, as far as a container can have one.
  await source1.must(['mkdir', '-p', '/srv/volume'])
  await setPillar({ anna: true })
})

afterAll(async () => {
  await fleet?.close()
})

async function setPillar({ anna }: { readonly anna: boolean }): Promise<void> {
  await fleet.master.writeFile(
    `${MASTER.fleet}/pillar/common.yml`,
    `base: {parts: [ssh]}
source:
  admin_key: ${keys.get('admin')}
  volume: {device: /srv/volume, fstype: none, options: [bind, nodev]}
  keys:
    ${anna ? `anna@desk: ${keys.get('anna')}` : ''}
    bert: ${keys.get('bert')}
  groups: {ops: [anna]}
  repositories:
    tools/fleet:
      description: What the hosts must be
      rules: [{may: RW+, who: ["@ops"]}, {may: R, who: [bert]}]
    shown:
      public: true
      rules: [{may: RW, who: ["@ops"]}]
  mirrors:
    upstream/up: {url: "git://${desk.address}/up", every: "*:*:0/10", spread: 0, readers: [bert]}
`,
  )
}

async function upstreamCommit(words: string): Promise<string> {
  await desk.must(['git', '-C', '/srv/up', 'commit', '--quiet', '--allow-empty', '-m', words])
  return (await desk.must(['git', '-C', '/srv/up', 'rev-parse', 'HEAD'])).trim()
}

/** Runs git or ssh on the workstation with the key of one person only. */
function as(person: Person, argv: readonly string[]): Promise<Finished> {
  const ssh = `ssh -i /root/${person} -o IdentitiesOnly=yes -o BatchMode=yes -o StrictHostKeyChecking=accept-new`
  return desk.exec(argv[0] === 'ssh' ? [...ssh.split(' '), ...argv.slice(1)] : argv, { env: { GIT_SSH_COMMAND: ssh } })
}

const url = (repository: string): string => `ssh://git@${source1.address}/${repository}`

test('a dry run of the role source reports changes without failures, an apply makes them, and a second apply changes nothing', async () => {
  const tested = await fleet.ask<ApplyResult>(['test', '*'])
  const first = await fleet.ask<ApplyResult>(['apply', '*'])
  const second = await fleet.ask<ApplyResult>(['apply', '*'])

  expect(tested.answer.runs.flatMap(run => run.results.filter(({ outcome }) => outcome === 'failed'))).toEqual([])
  const { runs } = first.answer
  expect(runs.flatMap(run => run.results.filter(({ problem }) => problem !== undefined))).toEqual([])
  expect(runs.flatMap(run => run.checks.filter(({ outcome }) => outcome !== 'passed'))).toEqual([])
  expect(second.answer.runs.map(run => `${run.minion} ${changed(run)}`)).toEqual(['source1 0'])
  expect(await source1.must(['findmnt', '--noheadings', '--output', 'TARGET,OPTIONS', HOME])).toContain('nodev')
})

test('the role source permits clone and push with an allowed key', async () => {
  expect((await as('anna', ['git', 'clone', '--quiet', url('tools/fleet'), '/root/fleet'])).exitCode).toBe(0)
  await desk.must(['sh', '-c', 'cd /root/fleet && echo hosts >fleet.yml && git add . && git commit --quiet -m first'])

  const pushed = await as('anna', ['git', '-C', '/root/fleet', 'push', '--quiet', 'origin', 'HEAD'])
  const cloned = await as('bert', ['git', 'clone', '--quiet', url('tools/fleet'), '/root/fleet-of-bert'])

  expect(`${pushed.exitCode} ${pushed.stderr}`).toMatch(/^0 /)
  expect(cloned.exitCode).toBe(0)
  expect(await desk.readFile('/root/fleet-of-bert/fleet.yml')).toBe('hosts\n')
})

test('the role source refuses an unknown key, a push without write access, a shell and port forwarding', async () => {
  const unknown = await as('mallory', ['git', 'clone', url('tools/fleet'), '/root/stolen'])
  await desk.must(['sh', '-c', 'cd /root/fleet-of-bert && git commit --quiet --allow-empty -m mine'])
  const written = await as('bert', ['git', '-C', '/root/fleet-of-bert', 'push', 'origin', 'HEAD'])
  const unread = await as('bert', ['git', 'clone', url('shown'), '/root/unread'])
  const shell = await as('anna', ['ssh', `git@${source1.address}`, 'cat', '/etc/passwd'])
  const forwarded = await as('anna', ['ssh', '-N', '-W', '127.0.0.1:22', `git@${source1.address}`])

  expect(`${unknown.exitCode} ${unknown.stderr}`).toMatch(/^128 .*Permission denied \(publickey\)/s)
  expect(`${written.exitCode} ${written.stderr}`).toMatch(/^128 .*FATAL: W any tools\/fleet bert DENIED by/s)
  expect(`${unread.exitCode} ${unread.stderr}`).toMatch(/^128 .*FATAL: R any shown bert DENIED by/s)
  expect(`${shell.exitCode} ${shell.stderr}`).toMatch(/FATAL: unknown git\/gitolite command/)
  expect(shell.stdout).not.toContain('root:')
  expect(`${forwarded.exitCode} ${forwarded.stderr}`).toMatch(/^255 .*(administratively prohibited|Stdio forwarding)/s)
})

test('a mirror of the role source follows its upstream and default branch, and nobody else can push to it', async () => {
  const latest = await upstreamCommit('second')
  const heads = await until(
    async () => {
      const { stdout } = await as('bert', ['git', 'ls-remote', '--symref', url('upstream/up'), 'HEAD'])
      return stdout.includes(latest) ? stdout : undefined
    },
    {
      what: 'the mirror to follow',
      timeoutMs: 90_000,
      everyMs: 500,
      evidence: async () =>
        (await source1.exec(['journalctl', '-u', 'git-mirror-upstream-up', '-n', '20', '--no-pager'])).stdout,
    },
  )
  const cloned = await as('bert', ['git', 'clone', '--quiet', url('upstream/up'), '/root/up-of-bert'])
  await desk.must(['git', '-C', '/root/up-of-bert', 'commit', '--quiet', '--allow-empty', '-m', 'mine'])
  const written = await as('bert', ['git', '-C', '/root/up-of-bert', 'push', 'origin', 'HEAD'])

  expect(heads).toContain('ref: refs/heads/trunk\tHEAD')
  expect(cloned.exitCode).toBe(0)
  expect(written.stderr).toContain('DENIED')
})

test('the web page of the role source lists public repositories only', async () => {
  const page = (path: string): Promise<string> => {
    return source1.must(['curl', '--silent', '--insecure', `https://127.0.0.1${path}`])
  }
  await source1.must(['apt-get', 'install', '-y', '--no-install-recommends', 'curl'], { timeoutMs: 120_000 })

  const index = await page('/')

  expect(await source1.must(['cat', '/etc/cgit-projects'])).toBe('shown.git\n')
  expect(index).toContain('shown')
  expect(index).not.toContain('tools/fleet')
  expect(await page('/shown/')).toContain('source1/shown')
  expect(await page('/tools/fleet/')).not.toContain('fleet.yml')
  const { exitCode } = await desk.exec(['curl', '-sk', '--max-time', '3', `https://${source1.address}/`])
  expect(exitCode).not.toBe(0)
})

test('the weekly repository check of the role source finds damage and its Saltern check fails', async () => {
  await source1.must(['systemctl', 'start', 'git-check'])
  const objects = `${HOME}/repositories/tools/fleet.git/objects`
  await source1.must(['sh', '-c', `find ${objects} -type f | head -1 | xargs rm`])
  const damaged = await source1.exec(['systemctl', 'start', 'git-check'])
  const { answer } = await fleet.ask<ApplyResult>(['test', '*'])

  expect(damaged.exitCode).not.toBe(0)
  const failing = answer.runs.flatMap(run => run.checks.filter(({ outcome }) => outcome === 'failed'))
  expect(failing.map(({ key }) => key)).toContain('source/sound')
})

test('the role source revokes a key added by hand and a key removed from the pillar', async () => {
  await source1.writeFile(`${KEYDIR}/mallory.pub`, `${keys.get('mallory')}\n`)
  await source1.must(['su', '-', 'git', '-c', 'gitolite setup'])
  expect((await as('mallory', ['ssh', `git@${source1.address}`, 'info'])).exitCode).toBe(0)
  await setPillar({ anna: false })

  const { answer } = await fleet.ask<ApplyResult>(['apply', '*'])

  expect(outcomes(answer.runs[0])).toContain('changed file.directory no other keys')
  for (const person of ['mallory', 'anna'] as const) {
    const { exitCode, stderr } = await as(person, ['ssh', `git@${source1.address}`, 'info'])
    expect(`${exitCode} ${stderr}`).toMatch(/^255 .*Permission denied/s)
  }
  expect((await as('bert', ['ssh', `git@${source1.address}`, 'info'])).stdout).toContain('tools/fleet')
})
