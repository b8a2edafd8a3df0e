import { execFileSync } from 'node:child_process'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { AuditRow } from '../../master/control/audit-row.ts'
import type { VerbName } from '../../master/verbs/index.ts'
import { post } from './post.ts'
import { Scene } from './scene.ts'

/** An existing system user: only root can give sockets to another user. */
const USER = userInfo().uid === 0 ? 'nobody' : userInfo().username

const scene = new Scene()
const annas = join(scene.state, 'operators', 'anna.sock')

beforeAll(async () => {
  await scene.makeFleet({
    'roles/demo/role.yml': 'summary: nothing\n',
    'roles/demo/states.yml': '{}\n',
    'inventory.yml': 's1: {roles: [demo], level: staging}\np1: {roles: [demo], level: production}\n',
  })
  const id = execFileSync('grep', ['^id:', join(scene.fleet, 'fleet.yml')], { encoding: 'utf8' }).trim()
  const rights = '[{verbs: ["*"], target: level=staging}]'
  scene.write({
    'fleet.yml': `${id}\nname: a\nlevels: [production, staging]\ngroups: {both: [s1, p1], secret: [p1]}\noperators: {anna: {uses: ${USER}, rights: ${rights}}}\n`,
  })
  await scene.startMaster()
  await scene.join('s1')
  await scene.join('p1')
})
afterAll(() => scene.close())

async function audit(words: readonly string[]): Promise<readonly AuditRow[]> {
  return (JSON.parse(await scene.must(['--json', 'audit', ...words])) as { readonly acts: readonly AuditRow[] }).acts
}

it('an operator with rights on staging only learns nothing about other minions from any verb', async () => {
  const jobOf = async (target: string): Promise<string> => {
    return (JSON.parse(await scene.must(['--json', 'test', target])) as { readonly job: string }).job
  }
  const [both, others] = [await jobOf('p1 or s1'), await jobOf('p1')]
  const everything: readonly (readonly [verb: VerbName, input: object])[] = [
    ['ping', { target: '*' }],
    ['apply', { target: '*' }],
    ['test', { target: 'role=demo' }],
    ['apply', { target: 'level=production' }],
    ['compliance', { target: '*', cached: true }],
    ['compliance-show', {}],
    ['minions', { target: 'p*' }],
    ['minions', { target: 'both' }],
    ['minions', { target: 'group=both failed' }],
    ['ping', { target: 'outdated' }],
    ['ping', { target: 'not online' }],
    ['ssh-config', { target: 'both outdated' }],
    ['minions', {}],
    ['jobs', {}],
    ['job', { job: both }],
    ['job', { job: others }],
    ['job-cancel', { job: both }],
    ['job-cancel', { job: others }],
    ['report', {}],
    ['report', { of: both }],
    ['report', { of: others }],
    ['events', { limit: 10_000 }],
    ['sessions', {}],
    ['overview', {}],
    ['names', {}],
    ['roles', {}],
    ['contract', {}],
    ['ssh-config', {}],
  ]
  for (const [verb, input] of everything) {
    const { text } = await post(annas, verb, input)
    expect([verb, input, /\bp1\b/.test(text), text.includes(others) && !text.includes('JOB_UNKNOWN')]).toEqual([
      verb,
      input,
      false,
      false,
    ])
  }
  const code = async (verb: VerbName, input: object) => (await post(annas, verb, input)).problems[0]?.code
  expect(await code('job-cancel', { job: others })).toBe('JOB_UNKNOWN')
  expect(await code('job-cancel', { job: both })).toBe('RIGHT_DENIED')
  expect(await code('report', { of: others })).toBe('JOB_UNKNOWN')
  expect(await code('apply', { target: '*' })).toBe('RIGHT_DENIED')
  // A group without a visible minion is one that does not exist.
  for (const word of ['secret', 'group=secret']) {
    const [hidden, nobody] = [word, word.replace('secret', 'sercet')].map(target => post(annas, 'ping', { target }))
    expect((await hidden)?.text.replaceAll('secret', 'X')).toBe((await nobody)?.text.replaceAll('sercet', 'X'))
  }
  expect((await post(annas, 'names', {})).text).not.toContain('secret')
  for (const name of ['p1', 'p2']) {
    const { problems } = await post(annas, 'render', { minion: name })
    expect(problems).toMatchObject([{ code: 'RIGHT_DENIED', message: `anna may not \`render\` on ${name}` }])
  }
  expect((await audit(['--minion', 'p1', '--verb', 'apply'])).at(-1)).toMatchObject({ outcome: 'refused' })
})
