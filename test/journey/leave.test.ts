import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Scene, until } from './scene.ts'

const scene = new Scene()

beforeAll(async () => {
  await scene.makeFleet({ 'inventory.yml': 'm1: {level: staging}\n' })
  await scene.startMaster()
  await scene.join('m1')
})
afterAll(() => scene.close())

test('a minion that is asked to leave, for example by a package upgrade, ends its sessions first', async () => {
  const [began, go] = [join(scene.directory, 'began'), join(scene.directory, 'go')]
  const script = 'touch "$1"; while [ ! -e "$2" ]; do sleep 0.05; done; echo end'
  const running = scene.run(['run', 'm1', '--', 'sh', '-c', script, 'x', began, go])
  await until('the program to begin', async () => existsSync(began))
  const left = scene.kill('minion-m1', 'SIGHUP')
  // Still online, although it was told to leave.
  await scene.must(['ping', 'm1'])
  writeFileSync(go, '')

  expect(await running).toEqual({ code: 0, out: 'end\n', err: '' })
  await left
  expect((await scene.run(['ping', 'm1'])).code).toBe(4)
})
