import { afterAll, beforeAll, expect, it } from 'vitest'
import { linesTypedBy, TYPED_BY } from '../house/command-blocks.ts'
import { Scene } from './scene.ts'
import { typeLine } from './typed-page.ts'

const HERE = 'test/journey/docs-commands.test.ts'
const scene = new Scene()
const lines = Object.keys(TYPED_BY)
  .filter(page => TYPED_BY[page]?.[HERE] !== undefined)
  .flatMap(page => linesTypedBy(HERE, page).map((line, index) => [page, index + 1, line] as const))

beforeAll(async () => {
  await scene.makeFleet({
    'roles/db/role.yml': 'summary: writes a file\nallocations:\n  server_id: {from: 1, to: 9}\n',
    'roles/db/states.yml': `config:\n  file.managed: {name: "${scene.out}/{{minion.id}}", contents: "{{allocations.server_id}}\\n", ${scene.owner}}\n`,
    'inventory.yml': '"db*": {roles: [db], level: staging}\n',
    'pillar/db.yml': '{}\n',
    'pillar/top.yml': '- match: "*"\n  files: [common, db]\n',
    'schedule.yml':
      'schedules:\n  nightly: {cron: "30 2 * * *", verb: apply, target: "*", recipients: [reports]}\n' +
      `deliver:\n  reports: {file: ${scene.directory}/reports}\n`,
  })
  await scene.startMaster()
  for (const id of ['db1', 'db3', 'db9']) await scene.join(id)
  await scene.must(['apply', 'role=db'])
})
afterAll(() => scene.close())

// The commands of a page build on those before it, and on a fleet with db1, db3 and db9.
it('every command block of the docs runs on a fleet with the names that the pages use', async () => {
  expect(lines.length).toBeGreaterThan(10)
  const failed: string[] = []
  for (const [page, index, line] of lines) {
    const said = await typeLine(scene, line.replaceAll('/srv/fleet', scene.fleet))
    if (said.code !== 0) failed.push(`${page}, line ${index}: ${line}: ${said.code} ${said.err}${said.out}`)
  }

  expect(failed).toEqual([])
}, 400_000)
