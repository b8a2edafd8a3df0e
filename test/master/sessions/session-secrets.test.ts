import { randomBytes } from 'node:crypto'
import { expect, it, onTestFinished } from 'vitest'
import type { FleetSnapshot } from '../../../master/control/snapshot.ts'
import { setSealed } from '../../../master/pillar/edit.ts'
import { type PillarKeyPair, sealValue } from '../../../master/pillar/envelope.ts'
import { loadPillar, pillarFor } from '../../../master/pillar/for-minion.ts'
import { addPillarKey, loadKeyring } from '../../../master/pillar/keyring.ts'
import { createSessionSecrets } from '../../../master/sessions/session-secrets.ts'
import { openStore } from '../../../master/store/open.ts'
import { minionId } from '../../../protocol/ids.ts'
import { temporaryDirectory } from '../store/fixture.ts'

const FLEET = 'fleet-secrets'
const M1 = minionId('m1')
const TOP = '- {match: "*", files: [common]}\n'
const random = (size: number): Uint8Array => new Uint8Array(randomBytes(size))

/** A fleet reduced to its secrets; `common` is the pillar file. */
function snapshotOf(common: string, keys: readonly PillarKeyPair[]): Pick<FleetSnapshot, 'minions' | 'pillar'> {
  const files: { readonly [path: string]: string } = { 'pillar/top.yml': TOP, 'pillar/common.yml': common }
  const pillar = loadPillar(path => files[path], { fleet: FLEET, keys })
  const view = { id: M1, roles: [], level: 'staging' }
  return { pillar, minions: [{ id: M1, subject: { pillar: pillarFor(pillar, view) } }] } as never
}

it('a session uses the last known secrets while the pillar cannot be read, and without any a terminal is refused', async () => {
  const directory = temporaryDirectory()
  await addPillarKey(directory, random(32), 0)
  const keys = await loadKeyring(directory)
  const [key] = keys
  if (key === undefined) throw new Error('no pillar key')
  const sealed = sealValue('correct-horse', { fleet: FLEET, path: 'db.password' }, key, random(32))
  const whole = snapshotOf(setSealed('', 'pillar/common.yml', ['db', 'password'], sealed), keys)
  const broken = snapshotOf('db: {password: [\n', keys)
  const store = openStore(temporaryDirectory(), { now: Date.now })
  onTestFinished(() => store.close())
  const context = { store, keys: { atRest: random(32) } as never }

  const restarted = createSessionSecrets(context)
  expect(() => restarted.of(broken, M1, { all: true })).toThrow()
  expect(restarted.of(broken, M1, { all: false })).toEqual([])

  const secrets = createSessionSecrets(context)
  expect(secrets.of(whole, M1, { all: true })).toEqual(['correct-horse'])
  expect(secrets.of(broken, M1, { all: true })).toEqual(['correct-horse'])
  expect(secrets.of(snapshotOf('other: 1\n', keys), M1, { all: true })).toEqual([])
})
