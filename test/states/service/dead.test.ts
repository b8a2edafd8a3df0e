import { expect, it } from 'vitest'
import { serviceDead } from '../../../states/service/dead.ts'
import { applyState, planState } from '../../fake/apply-state.ts'
import { createFakeSystem } from '../../fake/fake-system.ts'

const CUPS = { name: 'cups' }
const running = { load: 'loaded', active: 'active', sub: 'running', enabled: 'enabled' }
const stopped = { load: 'loaded', active: 'inactive', sub: 'dead', enabled: 'disabled' }

it('service.dead does nothing on a host without the unit', async () => {
  const unit = { load: 'not-found', active: 'inactive', sub: 'dead', enabled: '' }

  expect(await planState(serviceDead, CUPS, createFakeSystem({ units: { cups: unit } }))).toEqual([])
})

it('service.dead leaves a stopped unit unchanged, even a failed one', async () => {
  expect(await planState(serviceDead, CUPS, createFakeSystem({ units: { cups: stopped } }))).toEqual([])
  const failed = { ...stopped, active: 'failed' }
  expect(await planState(serviceDead, CUPS, createFakeSystem({ units: { cups: failed } }))).toEqual([])
})

it('service.dead stops and disables a running unit', async () => {
  const host = createFakeSystem({ units: { cups: running } })

  const { actions, left } = await applyState(serviceDead, CUPS, host)

  expect(actions).toEqual([
    { do: 'unit', unit: 'cups', verb: 'stop' },
    { do: 'unit', unit: 'cups', verb: 'disable' },
  ])
  expect(left).toEqual([])
})

it('service.dead leaves a masked unit masked, and with `enable` a unit enabled', async () => {
  const masked = { load: 'masked', active: 'active', sub: 'running', enabled: 'masked' }
  const host = createFakeSystem({ units: { cups: masked, atd: running } })

  const { actions, left } = await applyState(serviceDead, CUPS, host)
  const kept = await applyState(serviceDead, { name: 'atd', enable: true }, host)

  expect(actions).toMatchObject([{ verb: 'stop' }])
  expect(left).toEqual([])
  expect(kept.actions).toMatchObject([{ verb: 'stop' }])
  expect(kept.left).toEqual([])
})

it('service.dead does nothing when it is applied twice', async () => {
  const host = createFakeSystem({ units: { cups: running } })

  await applyState(serviceDead, CUPS, host)

  expect((await applyState(serviceDead, CUPS, host)).actions).toEqual([])
})
