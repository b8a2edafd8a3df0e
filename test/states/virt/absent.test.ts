import { expect, it } from 'vitest'
import { virtAbsent } from '../../../states/virt/absent.ts'
import { applyState, planState } from '../../fake/apply-state.ts'
import { createLibvirtHost } from '../../fake/fake-libvirt.ts'

const GONE = { name: 'web1', grace: 5 }

it('virt.absent shuts down a running domain and undefines it', async () => {
  const { actions, left } = await applyState(
    virtAbsent,
    GONE,
    createLibvirtHost({ state: 'running', inactive: '<domain/>' }),
  )

  expect(actions).toMatchObject([
    { summary: 'shut the domain web1 down, within 5 s' },
    { summary: 'undefine the domain web1' },
  ])
  expect(left).toEqual([])
})

it('virt.absent does nothing without the domain', async () => {
  expect(await planState(virtAbsent, GONE, createLibvirtHost(undefined))).toEqual([])
})

it('virt.absent only undefines a stopped domain, and only stops a transient one', async () => {
  const off = createLibvirtHost({ state: 'shut off', inactive: '<domain/>' })
  const transient = createLibvirtHost({ state: 'running', persistent: false, inactive: '<domain/>' })

  expect(await planState(virtAbsent, GONE, off)).toMatchObject([{ summary: 'undefine the domain web1' }])
  expect((await applyState(virtAbsent, GONE, transient)).left).toEqual([])
})

it('virt.absent reports a libvirt that does not answer', async () => {
  const host = createLibvirtHost(undefined, { isDown: true })

  await expect(planState(virtAbsent, GONE, host)).rejects.toMatchObject({
    problems: [{ code: 'LIBVIRT_UNREACHABLE' }],
  })
})

it('virt.absent does nothing when it is applied twice', async () => {
  const host = createLibvirtHost({ state: 'running', inactive: '<domain/>' })
  await applyState(virtAbsent, GONE, host)

  expect((await applyState(virtAbsent, GONE, host)).actions).toEqual([])
})
