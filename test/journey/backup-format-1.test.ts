import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { RestoreResult } from '../../master/cli/render/move.ts'
import { PROJECT, Scene } from './scene.ts'

/* See test/cases/backup/README.md. */

const FILE = join(PROJECT, 'test/cases/backup/format-1.backup')
const PASSPHRASE = 'the passphrase of a fixture\n'

let scene: Scene
let restored: RestoreResult
beforeAll(async () => {
  scene = new Scene()
  restored = JSON.parse(await scene.must(['--json', 'restore', FILE], PASSPHRASE)) as RestoreResult
  await scene.startMaster()
})
afterAll(() => scene.close())

test('a format 1 backup is restored completely', () => {
  expect(restored).toMatchObject({
    events: 14,
    jobs: 1,
    minions: 1,
    keys: 6,
    files: 10,
    madeAt: '2026-12-01T06:49:20.667Z',
  })
})

test('a master restored from a format 1 backup has the old jobs, minions and secrets', async () => {
  const { jobs } = JSON.parse(await scene.must(['--json', 'jobs'])) as { jobs: readonly { job: string }[] }

  expect(jobs.map(({ job }) => job)).toEqual(['job-01m8r5twn5pewfzxwkj6sd6ac8'])
  expect(await scene.must(['minions'])).toMatch(/one +offline/)
  expect(await scene.must(['report', 'one'])).toContain('1 unchanged')
  expect(await scene.must(['pillar', 'get', 'word', '--minion', 'one'])).toContain('a value of the fixture')
  expect((await scene.run(['audit', 'verify'])).code).toBe(0)
})

test('a format 1 backup restores the fleet directory with its symlinks', () => {
  const noise = readFileSync(join(scene.fleet, 'roles/note/files/noise'))

  expect(noise).toHaveLength(144_000)
  expect(readFileSync(join(scene.fleet, 'roles/note/files/link')).equals(noise)).toBe(true)
})
