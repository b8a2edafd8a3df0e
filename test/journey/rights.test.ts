import { execFileSync } from 'node:child_process'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { AuditRow } from '../../master/control/audit-row.ts'
import { VERBS, type VerbName } from '../../master/verbs/index.ts'
import type { SessionLine } from '../../master/verbs/sessions.ts'
import { linesTypedBy, outputsBelow } from '../house/command-blocks.ts'
import { post } from './post.ts'
import { MATRIX, type Row } from './rights-matrix.ts'
import { PROGRAM, Scene, until } from './scene.ts'
import { Terminal } from './terminal.ts'
import { typeLine } from './typed-page.ts'

const ROWS = Object.entries(MATRIX) as readonly (readonly [VerbName, Row])[]
const DENIED = ROWS.filter(([, { is }]) => is === 'denied')
const AS_ROOT = userInfo().uid === 0
/** An existing system user: only root can give sockets to another user. */
const USER = AS_ROOT ? 'nobody' : userInfo().username

/** Timeout in milliseconds: one program runs for each verb, in sequence. */
const PROGRAMS_MS = 360_000

const scene = new Scene()
const annas = join(scene.state, 'operators', 'anna.sock')
const adas = join(scene.state, 'operators', 'ada.sock')

function fleetYml(rights: string): string {
  const id = execFileSync('grep', ['^id:', join(scene.fleet, 'fleet.yml')], { encoding: 'utf8' }).trim()
  return `${id}
name: rights
levels: [production, staging]
operators:
  anna:
    uses: ${USER}
    rights: ${rights}
`
}

const RIGHTS = '[{verbs: [test], target: "*"}, {verbs: [render], target: level=staging}]'

beforeAll(async () => {
  await scene.makeFleet({
    'roles/demo/role.yml': 'summary: nothing\n',
    'roles/demo/states.yml': '{}\n',
    'inventory.yml': 's1: {roles: [demo], level: staging}\np1: {roles: [demo], level: production}\n',
  })
  scene.write({ 'fleet.yml': fleetYml(RIGHTS) })
  await scene.startMaster()
  await scene.join('s1')
  await scene.join('p1')
  await scene.must(['pillar', 'set', 'a'], 'hunter2-canary')
})
afterAll(() => scene.close())

interface SessionList {
  readonly sessions: readonly SessionLine[]
}

async function audit(words: readonly string[]): Promise<readonly AuditRow[]> {
  return (JSON.parse(await scene.must(['--json', 'audit', ...words])) as { readonly acts: readonly AuditRow[] }).acts
}

function sentence(verb: VerbName): string {
  return `anna may not \`${verb}\``
}

it('the rights table of this test has a row for every verb', () => {
  expect(ROWS.map(([verb]) => verb).sort()).toEqual(VERBS.map(({ name }) => name).sort())
})

it('the API denies an operator every verb without a right, always with the same message', async () => {
  for (const [verb, { input, is }] of ROWS) {
    const { status, problems } = await post(annas, verb, input)
    const denied = is === 'denied'
    expect([verb, status, problems[0]?.message]).toEqual([
      verb,
      denied ? 400 : 200,
      denied ? sentence(verb) : undefined,
    ])
  }
})

it(
  'the CLI denies an operator every verb without a right, with the same message and exit code 2',
  async () => {
    for (const [verb, { words, is }] of ROWS) {
      if (words.length === 0) continue
      const { code, err } = await scene.run(['--socket', annas, ...words], 'value')
      expect([verb, code, err.includes(sentence(verb))]).toEqual([verb, is === 'denied' ? 2 : 0, is === 'denied'])
    }
  },
  PROGRAMS_MS,
)

it(
  'the shell denies an operator every verb without a right, with the same message',
  async () => {
    for (const [verb, { words }] of DENIED) {
      // Its value comes from stdin, which belongs to the shell.
      if (verb === 'pillar-set') continue
      const line = words.map(word => `'${word}'`).join(' ')
      const { code, err } = await scene.run(['--socket', annas, 'shell', '-c', line])
      expect([verb, code, err.includes(sentence(verb))]).toEqual([verb, 2, true])
    }
  },
  PROGRAMS_MS,
)

it('the CLI and the shell deny run, cp and forward to an operator without the right', async () => {
  const ways = {
    run: ['run', 's1', '--', 'id'],
    'cp-get': ['cp', 's1:/etc/hosts', '-'],
    'cp-put': ['cp', join(scene.fleet, 'fleet.yml'), 's1:/tmp/never'],
    forward: ['forward', '--stdio', 's1', '22'],
  }
  for (const [verb, words] of Object.entries(ways)) {
    const typed = await scene.run(['--socket', annas, ...words])
    const line = words.map(word => `'${word}'`).join(' ')
    const inShell = await scene.run(['--socket', annas, 'shell', '-c', line])
    for (const { err } of [typed, inShell])
      expect([verb, err]).toEqual([verb, expect.stringContaining(`anna may not \`${verb}\``)])
    expect(await audit(['--operator', 'anna', '--verb', verb])).toMatchObject([
      { outcome: 'refused' },
      { outcome: 'refused' },
    ])
  }
  const terminal = new Terminal(process.execPath, [PROGRAM, '--socket', annas, 'ssh', 's1'], scene.env)
  expect(await terminal.ends()).toBe(2)
  expect(terminal.shown).toContain('anna may not `ssh`')
})

it.each(linesTypedBy('test/journey/rights.test.ts', 'docs/operators.md'))(
  'an operator who may test everything and render on staging is refused a secret in the words of docs/operators.md: %s',
  async line => {
    const { code, err } = await typeLine(scene, line, { SALTERN_SOCKET: annas })

    expect(code).toBe(2)
    expect(err.trimEnd().split('\n')).toEqual(outputsBelow('docs/operators.md', line)[0])
  },
)

it('an operator is denied a permitted verb on a minion of another level', async () => {
  const { problems } = await post(annas, 'render', { minion: 'p1' })

  expect(problems).toMatchObject([{ code: 'RIGHT_DENIED', message: 'anna may not `render` on p1' }])
})

it('every denial is recorded in the audit log under the name of the operator', async () => {
  const refused = (await audit(['--operator', 'anna', '--limit', '1000'])).filter(
    ({ outcome }) => outcome === 'refused',
  )

  for (const [verb] of DENIED) {
    expect([verb, refused.filter(row => row.verb === verb).length > 0]).toEqual([verb, true])
  }
  expect(refused.at(-1)).toMatchObject({ verb: 'render', minions: ['p1'], operator: 'anna', via: 'socket' })
  expect((await audit(['--minion', 'p1', '--verb', 'render']))[0]).toMatchObject({ outcome: 'refused' })
  expect(await audit(['--operator', 'anna', '--verb', 'test'])).toMatchObject([
    { outcome: 'ordered', target: 'p1' },
    {},
  ])
  expect(await scene.must(['audit', '--operator', 'anna'])).toContain('refused')
})

it('an operator with the right `look` sees only the minions of its target', async () => {
  scene.write({ 'fleet.yml': fleetYml('[{verbs: [look], target: level=staging}]') })
  const asked = async (...words: readonly string[]): Promise<string> =>
    (await scene.run(['--socket', annas, ...words])).out

  expect(await asked('minions')).toMatch(/s1.*\n$/)
  expect(await asked('minions')).not.toContain('p1')
  expect(await asked('roles')).toMatch(/demo\s+ready\s+s1\s/)
  expect(await asked('jobs')).not.toContain('p1')
  const events = await asked('events', '--limit', '1000')
  expect(events).toContain('minion=s1')
  // A random base64 key may contain these letters.
  expect(events).not.toMatch(/(?:^|[\s=,])p1(?:[\s,]|$)/m)
  expect(events).not.toContain('master-started')
  expect((await post(annas, 'report', { of: 'p1' })).problems[0]?.message).toBe('anna may not `report` on p1')
  expect((await post(annas, 'status', {})).problems[0]?.hint).toContain('target: "*"')
})

it('an operator sees sessions of permitted minions only, and needs the right to play them back', async () => {
  const record = async (minion: string): Promise<string> => {
    const terminal = new Terminal(process.execPath, [PROGRAM, 'ssh', minion, '--', 'echo', 'shown'], scene.env)
    await terminal.ends()
    const list = async () => JSON.parse(await scene.must(['--json', 'sessions', '--minion', minion])) as SessionList
    await until('its end is told', async () => (await list()).sessions[0]?.endedAt !== undefined)
    return (await list()).sessions[0]?.session ?? ''
  }
  const [his, other] = [await record('s1'), await record('p1')]
  const asked = (...words: readonly string[]) => scene.run(['--socket', annas, ...words])

  scene.write({ 'fleet.yml': fleetYml('[{verbs: [look], target: level=staging}]') })
  expect((await asked('sessions')).out).toMatch(new RegExp(`${his}.*s1.*\n$`))
  expect((await asked('sessions')).out).not.toMatch(/\bp1\b/)
  expect((await asked('sessions', 'show', other)).err).toContain('SESSION_UNKNOWN')
  expect((await asked('sessions', 'play', his)).err).toContain(sentence('session-play'))

  scene.write({ 'fleet.yml': fleetYml('[{verbs: [session-play], target: level=staging}]') })
  expect((await asked('sessions', 'play', his, '--plain')).out).toBe('shown\n')
  expect((await asked('sessions', 'play', other, '--plain')).err).toContain('SESSION_UNKNOWN')
  expect((await audit(['--operator', 'anna', '--verb', 'session-play'])).slice(-3)).toMatchObject([
    { outcome: 'refused' },
    { outcome: 'done', target: his },
    { outcome: 'failed', target: other },
  ])
})

it('an open stream ends when the operator loses the right, and the socket is removed with the operator', async () => {
  scene.write({ 'fleet.yml': fleetYml('[{verbs: [events], target: "*"}]') })
  const following = scene.begin(['--socket', annas, 'events', '--follow'])
  await until('the stream is open', async () => (await post(annas, 'events', { limit: 1 })).status === 200)
  scene.write({ 'fleet.yml': fleetYml('[]') })
  const ended = await following.done

  expect(ended.code).toBe(2)
  expect(ended.err).toContain('anna may not `events`')
  scene.write({ 'fleet.yml': fleetYml(RIGHTS).replaceAll('anna', 'ada') })
  await until('ada has a socket', async () => (await post(adas, 'overview', {}).catch(() => undefined))?.status === 200)
  await until('anna has none', async () => (await post(annas, 'overview', {}).catch(() => undefined)) === undefined)
})

it('an operator can do nothing while fleet.yml is invalid and is told why', async () => {
  scene.write({ 'fleet.yml': fleetYml('[{verbs: [tset], target: "*"}]').replaceAll('anna', 'ada') })
  const { problems } = await post(adas, 'test', { target: '*' })

  expect(problems).toMatchObject([{ code: 'FLEET_INVALID', hint: 'Did you mean `test`?', source: { line: 7 } }])
  expect((await scene.run(['lint'])).err).toContain('there is no verb `tset`')
  scene.write({ 'fleet.yml': fleetYml(RIGHTS) })
})

it('the audit log records who saw a secret, and never the secret', async () => {
  await scene.must(['pillar', 'get', 'a'])
  const acts = await audit(['--verb', 'pillar-get'])

  expect(acts.at(-1)).toMatchObject({ operator: userInfo().username, target: 'a', outcome: 'done' })
  expect(await scene.must(['events', '--limit', '10000'])).not.toContain('hunter2')
  expect(await audit(['--since', '2020-01-01', '--until', '2020-01-02'])).toEqual([])
  expect((await scene.run(['audit', '--since', 'yesterday'])).code).toBe(2)
})

it('audit verify detects a change in the log file, also against checkpoints from the journal', async () => {
  const whole = await scene.run(['audit', 'verify'])
  expect([whole.code, whole.out]).toEqual([0, expect.stringContaining('intact: ')])
  // Nothing may write to the log while the test changes it.
  await scene.kill('minion-s1')
  await scene.kill('minion-p1')
  await scene.kill('master', 'SIGTERM')
  await scene.startMaster()
  const journal = scene.log('master')
  expect(journal).toContain('"checkpoint":{')
  expect((await scene.run(['audit', 'verify', '--against', '-'], journal)).out).toContain('from --against')

  const sqlite = new Sqlite(join(scene.state, 'saltern.db'))
  sqlite.exec(
    'DROP TRIGGER log_is_never_changed; DROP TRIGGER log_is_never_cut; DROP TRIGGER checkpoints_are_never_cut',
  )
  const last = sqlite.prepare('SELECT max(seq) AS seq FROM checkpoints').get() as { readonly seq: number }
  sqlite.prepare('DELETE FROM log WHERE seq >= ?').run(last.seq)
  sqlite.exec('DELETE FROM checkpoints')
  const alone = await scene.run(['audit', 'verify'])
  const against = await scene.run(['--json', 'audit', 'verify', '--against', '-'], journal)
  expect([alone.code, against.code]).toEqual([0, 1])
  expect(JSON.parse(against.out)).toMatchObject({ ok: false, seq: last.seq })

  sqlite.exec(`UPDATE log SET bytes = CAST(replace(CAST(bytes AS TEXT), '"s1"', '"s9"') AS BLOB)`)
  sqlite.close()
  const edited = await scene.run(['audit', 'verify'])
  expect(edited.code).toBe(1)
  expect(edited.out).toMatch(/BROKEN at entry \d+: entry \d+ was changed/)
})

it('audit verify rejects a file without checkpoints and checkpoints of another master', async () => {
  const none = await scene.run(['audit', 'verify', '--against', '-'], 'nothing\n')
  const forged = { seq: 1, hash: 'a'.repeat(64), at: 'now', signature: 'c2ln' }
  const other = await scene.run(['audit', 'verify', '--against', '-'], JSON.stringify({ checkpoint: forged }))

  expect([none.code, none.err]).toEqual([2, expect.stringContaining('does not contain a log checkpoint')])
  expect([other.code, other.out]).toEqual([1, expect.stringContaining('was not signed by this master')])
})
