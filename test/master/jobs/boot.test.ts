import { generateKeyPairSync } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { ControlContext, Links } from '../../../master/context.ts'
import { AddressBook } from '../../../master/control/addresses.ts'
import { createSnapshotOrder } from '../../../master/control/snapshot-order.ts'
import { initFleet } from '../../../master/fleet/init.ts'
import { createFleetReader } from '../../../master/fleet/snapshot.ts'
import { answerBoot } from '../../../master/jobs/boot.ts'
import { RIGHTS } from '../../../master/verbs/rights.ts'
import type { FleetId } from '../../../protocol/ids.ts'
import { STATES } from '../../../states/index.ts'
import { createRegistry } from '../../../states/registry.ts'
import { DB1, DispatcherScene } from './dispatcher-scene.ts'

const FLEET = 'fleet-0001' as FleetId
const BOOT = 'boot-1'

let scene: DispatcherScene
let answers: string[]
/** Called after the fleet was read for the boot, before its order is created. */
let meanwhile: () => void
let context: ControlContext

beforeEach(async () => {
  scene = new DispatcherScene()
  answers = []
  meanwhile = () => undefined
  const fleetDirectory = join(scene.directory, 'fleet')
  await initFleet(fleetDirectory, FLEET)
  mkdirSync(join(fleetDirectory, 'roles/demo'), { recursive: true })
  writeFileSync(join(fleetDirectory, 'roles/demo/role.yml'), 'summary: one file\n')
  writeFileSync(join(fleetDirectory, 'roles/demo/states.yml'), '/srv/a:\n  file.managed: {contents: "a"}\n')
  writeFileSync(join(fleetDirectory, 'inventory.yml'), `${DB1}: {roles: [demo], level: staging}\n`)
  scene.hello()
  const snapshots = createSnapshotOrder()
  context = {
    store: scene.store,
    keyStore: scene.store.keys,
    dispatcher: scene.dispatcher,
    now: () => scene.now,
    random: scene.random,
    ephemeralKey: () => generateKeyPairSync('x25519').privateKey,
    addresses: new AddressBook([]),
    registry: createRegistry(STATES),
    keys: { pillarDirectory: join(scene.directory, 'pillar-keys') } as ControlContext['keys'],
    fleetDirectory,
    fleetReader: createFleetReader(fleetDirectory, join(scene.directory, 'bundled')),
    rights: RIGHTS,
    fleetId: FLEET,
    links: { answerBoot: (_minion, _boot, answer) => void answers.push(answer) } as Partial<Links> as Links,
    snapshots: {
      ...snapshots,
      next: () => {
        const ordinal = snapshots.next()
        meanwhile()
        return ordinal
      },
    },
    warn: (message, facts) => void answers.push(`${message} ${JSON.stringify(facts)}`),
  } as Partial<ControlContext> as ControlContext
})
afterEach(() => scene.close())

it('the highstate of a boot is ordered once per boot', async () => {
  await answerBoot(context, DB1, BOOT)
  await answerBoot(context, DB1, BOOT)

  expect(answers).toEqual(['order', 'order'])
  expect(scene.runsSent).toEqual([scene.store.runs.ofBoot(DB1, BOOT)?.id])
})

it('the highstate of a boot is superseded when newer content was ordered while it was compiled', async () => {
  const newer = scene.order()
  meanwhile = () => {
    meanwhile = () => undefined
    context.snapshots.ordered(DB1, context.snapshots.next(), newer.job)
    scene.dispatcher.delivery.deliverJob(newer.job)
  }
  await answerBoot(context, DB1, BOOT)

  expect(answers).toEqual(['nothing'])
  expect(scene.store.runs.ofBoot(DB1, BOOT)).toMatchObject({ state: 'superseded', supersededBy: newer.job })
  expect(scene.runsSent).toEqual([newer.run])
})
