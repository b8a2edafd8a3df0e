import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { MISSED, OVERLAPS, SCHEDULED_VERBS } from '../../master/schedule/entry.ts'
import { until } from './scene.ts'
import { ScheduleJourney } from './schedule-scene.ts'
import { readPage, typeLine } from './typed-page.ts'

const PAGE = readPage('schedule.md')
const scene = new ScheduleJourney('2027-03-26T09:58:30Z')
const [example = ''] = PAGE.blocks('yaml')

beforeAll(async () => {
  await scene.makeFleet({
    'roles/db/role.yml': 'summary: writes a file\n',
    'roles/db/states.yml': `config:\n  file.managed: {name: "${scene.out}/{{minion.id}}", contents: "one\\n", ${scene.owner}}\n`,
    'roles/web/role.yml': 'summary: writes a file\n',
    'roles/web/states.yml': `config:\n  file.managed: {name: "${scene.out}/{{minion.id}}", contents: "one\\n", ${scene.owner}}\n`,
    'inventory.yml': 'db1: {roles: [db], level: production}\nweb1: {roles: [web], level: staging}\n',
    'schedule.yml': example
      .replace('/var/lib/saltern/reports', join(scene.directory, 'reports'))
      .replace('port: 587', 'port: 9')
      .replace('mail.example.org,', '127.0.0.1,')
      .replace('hooks.example.org', '127.0.0.1:9')
      .replace('splay: 10m\n    overlap', 'splay: 1s\n    overlap'),
  })
  writeFileSync(join(scene.directory, 'mail-password'), 'swordfish-swordfish')
  writeFileSync(join(scene.directory, 'hook-secret'), 'between-us')
  await scene.startMaster()
  await scene.join('db1')
  await scene.join('web1')
})
afterAll(() => scene.close())

/** The output as the page shows it, without what differs from run to run. */
const lasting = (text: string): readonly string[] =>
  text
    .split('\n')
    .map(line =>
      line
        .replaceAll(/\d{2}:\d{2}:\d{2}/g, 'TIME')
        .replaceAll(/(?:(?:\d+\.){3}\d+|[a-z]+\.example\.org)(?::\d+)?/g, 'HOST')
        .replaceAll(/ECONN\w+/g, 'WHY')
        .replaceAll(/ +/g, ' ')
        .trim(),
    )
    .filter(line => line !== '')

it.each(PAGE.lines)('the command in docs/schedule.md succeeds: %s', async line => {
  expect(await typeLine(scene, line)).toMatchObject({ code: 0 })
})

it('docs/schedule.md shows the output of the schedule list, the next runs, pending deliveries and an error', async () => {
  const [list = '', next = '', waits = '', mistake = ''] = PAGE.blocks('text')
  scene.setClock('2027-03-27T10:00:30Z')
  expect(lasting(await scene.must(['schedule', 'next']))).toEqual(lasting(next))
  // The list shows what the master has noticed; it checks its clock once a second.
  await until('the master looked', async () => (await scene.row('keep')).next?.startsWith('2027-03-27') === true)
  expect(lasting(await scene.must(['schedule', 'list']))).toEqual(lasting(list))
  scene.setClock('2027-03-28T01:00:00Z')
  await scene.fired('nightly', '2027-03-28T01:00:00Z')
  await until('it was tried', async () => {
    const { deliveries } = await scene.list()
    return deliveries.length === 2 && deliveries.every(({ attempts }) => attempts === 1)
  })
  const shown = await scene.must(['schedule'])
  // Both were tried in the same second, so either may have failed first.
  expect(lasting(shown.slice(shown.indexOf('TO DELIVER'))).toSorted()).toEqual(lasting(waits).toSorted())

  scene.write({
    'schedule.yml': example.replace('"30 2 * * *"', '"30 25 * * *"').replace('verb: apply', 'verb: aply'),
  })
  const said = await typeLine(scene, 'master lint')
  expect(said.code).toBe(2)
  expect(lasting(said.out)).toEqual(lasting(mistake))
})

it('docs/schedule.md names every verb, overlap rule, missed-run rule and reason', () => {
  const words = [...SCHEDULED_VERBS, ...OVERLAPS, ...MISSED]

  expect(words.filter(word => !PAGE.text.includes(word))).toEqual([])
  for (const why of ['missed', 'made-good', 'too-late', 'overlap', 'queue-full']) {
    expect(PAGE.text).toContain(`\`${why}\``)
  }
})
