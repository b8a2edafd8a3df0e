import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { ApplyResult, JobRow } from '../../master/jobs/results.ts'
import type { JobDetail } from '../../master/verbs/jobs.ts'
import { Scene, until } from './scene.ts'

let scene: Scene

/** Two minions that read each other's key, so that an apply of both needs a second round; p2 waits for the test first. */
const states = (revision: string): string => `tell:
  value.read: {cmd: [echo, "k-{{minion.id}}"], export: key}
hold:
  cmd.run: {cmd: "[ {{minion.id}} = p1 ] || while [ ! -e ${scene.out}/gate ]; do sleep 0.1; done", shell: true}
${scene.out}/{{minion.id}}:
  file.managed:
    contents: "${revision} {{join (pluck (exports 'peer' 'key') 'value') ' '}}\\n"
    ${scene.owner.replace(', ', '\n    ')}
`
const content = (): string => readFileSync(join(scene.out, 'p1'), 'utf8')

beforeEach(async () => {
  scene = new Scene()
  await scene.makeFleet({
    'roles/peer/role.yml': 'summary: reads all keys\nexports:\n  key: {type: identifier, reported: true}\n',
    'roles/peer/states.yml': states('one'),
    'inventory.yml': '"p*": {roles: [peer], level: staging}\n',
  })
  await scene.startMaster()
  for (const id of ['p1', 'p2']) await scene.join(id)
})
afterEach(() => {
  writeFileSync(join(scene.out, 'gate'), '')
  return scene.close()
})

it('the second round of an older apply does not undo a newer one: it ends as superseded and names the newer job', async () => {
  const older = scene.begin(['--json', 'apply', '*'])
  await until('p1 has the older content', () => existsSync(join(scene.out, 'p1')))
  const [job] = (JSON.parse(await scene.must(['--json', 'jobs'])) as { readonly jobs: readonly JobRow[] }).jobs
  await until('that is reported', async () => {
    const { runs } = JSON.parse(await scene.must(['--json', 'jobs', job?.job ?? ''])) as JobDetail
    return runs.some(({ minion, state }) => minion === 'p1' && state === 'done')
  })
  scene.write({ 'roles/peer/states.yml': states('two') })
  const newer = JSON.parse(await scene.must(['--json', 'apply', 'p1'])) as ApplyResult
  const afterNewer = content()
  writeFileSync(join(scene.out, 'gate'), '')
  const said = await older.done
  const answer = JSON.parse(said.out) as ApplyResult
  const afterBoth = content()
  await scene.must(['apply', '*'])

  expect(afterNewer).toBe('two k-p1\n')
  expect(afterBoth).toBe('two k-p1\n')
  expect(answer.runs.map(({ minion, state }) => `${minion} ${state}`).sort()).toEqual(['p1 superseded', 'p2 done'])
  expect(answer.earlier?.map(({ minion, state }) => `${minion} ${state}`).sort()).toEqual(['p1 done', 'p2 done'])
  expect(answer.runs.find(({ minion }) => minion === 'p1')).toMatchObject({
    supersededBy: newer.job,
    problem: { code: 'RUN_SUPERSEDED' },
  })
  expect(content()).toBe('two k-p1 k-p2\n')
}, 300_000)
