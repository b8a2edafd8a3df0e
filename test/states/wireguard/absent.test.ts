import { expect, it } from 'vitest'
import type { UnitStatus } from '../../../states/system.ts'
import { wireguardAbsent } from '../../../states/wireguard/absent.ts'
import { applyState, planState } from '../../fake/apply-state.ts'
import { createFakeSystem, type FakeEntry, type FakeSystem } from '../../fake/fake-system.ts'

const CONFIG = '/etc/wireguard/wg0.conf'
const UNIT = 'wg-quick@wg0.service'
const up = { load: 'loaded', active: 'active', sub: 'exited', enabled: 'enabled' }
const down = { load: 'loaded', active: 'inactive', sub: 'dead', enabled: 'disabled' }

function hostWith(file: FakeEntry | undefined, unit: UnitStatus): FakeSystem {
  return createFakeSystem({ files: { '/etc/wireguard': { directory: true }, [CONFIG]: file }, units: { [UNIT]: unit } })
}

it('wireguard.absent stops the interface before it removes the file', async () => {
  const { actions, left } = await applyState(wireguardAbsent, { name: 'wg0' }, hostWith({ content: 'x' }, up))

  expect(actions).toEqual([
    { do: 'unit', unit: UNIT, verb: 'stop' },
    { do: 'unit', unit: UNIT, verb: 'disable' },
    { do: 'remove', path: CONFIG, recursive: false },
  ])
  expect(left).toEqual([])
})

it('wireguard.absent does nothing without the interface', async () => {
  expect(await planState(wireguardAbsent, { name: 'wg0' }, hostWith(undefined, down))).toEqual([])
})

it('wireguard.absent removes a file that was recreated and stops an interface started by hand', async () => {
  expect(await planState(wireguardAbsent, { name: 'wg0' }, hostWith({ content: 'x' }, down))).toMatchObject([
    { do: 'remove' },
  ])
  expect(
    await planState(wireguardAbsent, { name: 'wg0' }, hostWith(undefined, { ...up, enabled: 'disabled' })),
  ).toMatchObject([{ do: 'unit', verb: 'stop' }])
})

it('wireguard.absent removes a symlink at the path of its file', async () => {
  const host = hostWith({ target: '/root/wg0.conf' }, down)

  expect(await planState(wireguardAbsent, { name: 'wg0' }, host)).toEqual([
    { do: 'remove', path: CONFIG, recursive: false },
  ])
})

it('wireguard.absent does nothing when it is applied twice', async () => {
  const host = hostWith({ content: 'x' }, up)

  await applyState(wireguardAbsent, { name: 'wg0' }, host)

  expect((await applyState(wireguardAbsent, { name: 'wg0' }, host)).actions).toEqual([])
})
